"""What the tensors of an integer model stand for, and the layers made of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from quant.layers import Layer, Shape
from quant.network import Node
from quant.onnx_model.layout import Axes, image_axes
from quant.onnx_model.verdict import RefusedError

__all__ = ["Constant", "Given", "IntegerGraph", "Quantized", "Sums", "exponents_of", "format_of"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Constant:
    """A constant tensor.

    Parameters
    ----------
    array : ndarray
    quantized : Quantized, optional
        What it was dequantized from.
    """

    array: NDArray[Any]
    quantized: "Quantized | None" = None


@dataclass(frozen=True, eq=False)
class Quantized:
    """Constant integers and their scale.

    Parameters
    ----------
    integers : ndarray of int64
        Without zero point.
    exponents : ndarray of int64
        The scale is ``2**exponents``; one, or one for each index along ``axis``.
    axis : int
    """

    integers: IntArray
    exponents: IntArray
    axis: int

    def along(self, axis: int) -> IntArray:
        """One exponent for each index along ``axis``; refused if they differ along another."""
        count = self.integers.shape[axis]
        if self.exponents.size == 1:
            return np.full(count, self.exponents.reshape(-1)[0])
        if self.axis % self.integers.ndim != axis or self.exponents.size != count:
            raise RefusedError(
                "the scale of its weights must be one number, or one for each output channel",
                "quantize per output channel",
            )
        return self.exponents.reshape(-1)


@dataclass(frozen=True, eq=False)
class Given:
    """An activation, or what it was dequantized to.

    Parameters
    ----------
    source : str
        Node, or the network's input.
    fmt : ActFormat or None
        None for a network's input that no node has quantized yet.
    shape : (height, width, channels)
    axes : Axes
        Of the tensor.
    """

    source: str
    fmt: ActFormat | None
    shape: Shape
    axes: Axes

    def demand_format(self) -> ActFormat:
        """Format; refused if it is not known."""
        if self.fmt is None:
            raise RefusedError("its input is not quantized", "put a QuantizeLinear before it")
        return self.fmt

    @property
    def taken(self) -> dict[str, Any]:
        """Parameters of a layer that takes it."""
        return {"in_shape": self.shape, "in_format": self.demand_format()}


@dataclass(frozen=True, eq=False)
class Sums:
    """What a layer gives before it is quantized.

    Parameters
    ----------
    make : callable
        Layer of an output format.
    prefix : str
        Of the layer's name.
    inputs : tuple of str
    axes : Axes or None
        Of the output, None for an image.
    relu : bool
        Whether it is clamped at zero.
    bounds : (low, high), optional
        Real numbers that it is clamped to.
    """

    make: Callable[[ActFormat], Layer]
    prefix: str
    inputs: tuple[str, ...]
    axes: Axes | None = None
    relu: bool = False
    bounds: tuple[float, float] | None = None


@dataclass
class IntegerGraph:
    """Nodes so far."""

    nodes: list[Node] = field(default_factory=list)
    in_format: ActFormat | None = None

    def append(self, sums: Sums, fmt: ActFormat) -> Given:
        """The layer, now that its output format is known."""
        if sums.bounds:
            fmt = _narrowed(fmt, *sums.bounds)
        if sums.relu and fmt.signed:
            raise RefusedError(
                "a ReLU must be followed by an unsigned activation",
                "quantize it with its zero point at the lowest integer",
            )
        layer = sums.make(fmt)
        count = sum(node.name.rstrip("0123456789") == sums.prefix for node in self.nodes)
        name = f"{sums.prefix}{count + 1}"
        self.nodes.append(Node(name, layer, sums.inputs))
        axes = image_axes(layer.out_shape) if sums.axes is None else sums.axes
        return Given(name, layer.out_format, layer.out_shape, axes)

    def quantized_input(self, given: Given, fmt: ActFormat) -> Given:
        """The network's input in its format; refused if it was quantized otherwise before."""
        if self.in_format not in (None, fmt):
            raise RefusedError("the network's input is quantized in two ways", "quantize it in one")
        self.in_format = fmt
        return replace(given, fmt=fmt)

    def finished(self, last: str) -> tuple[Node, ...]:
        """The nodes that the output needs."""
        needed = {last}
        for node in reversed(self.nodes):
            if node.name in needed:
                needed.update(node.inputs)
        return tuple(node for node in self.nodes if node.name in needed)


def exponents_of(scale: NDArray[Any]) -> IntArray:
    """Exponents of scales that are powers of two; refused if one is not."""
    parts, exponents = np.frexp(np.asarray(scale, np.float64))
    wrong = parts != 0.5
    if wrong.any():
        found = np.asarray(scale)[wrong].reshape(-1)[0]
        raise RefusedError(
            f"its scale must be a power of two, not {found:g}",
            "quantize with power-of-two scales, or quantize the float model with shiftconv",
        )
    return exponents.astype(np.int64) - 1


def format_of(scale: NDArray[Any], zero: NDArray[Any]) -> ActFormat:
    """Format of an activation with that scale and zero point."""
    exponents, zero = exponents_of(scale), np.asarray(zero)
    if exponents.size != 1 or zero.size != 1 or zero.dtype.kind not in "iu" or zero.itemsize > 2:
        raise RefusedError(
            "an activation must have one scale and a zero point of 8 or 16 bits",
            "quantize activations per tensor",
        )
    width = 8 * zero.itemsize
    lowest = int(np.iinfo(zero.dtype).min) - int(zero.reshape(()))
    if lowest not in (0, -(2 ** (width - 1))):
        raise RefusedError(
            f"the zero point {int(zero.reshape(()))} of an activation must be the lowest integer "
            f"or the middle",
            "quantize activations symmetrically",
        )
    return ActFormat(width, -int(exponents.reshape(())), signed=lowest < 0)


def _narrowed(fmt: ActFormat, low: float, high: float) -> ActFormat:
    """The format with as few bits as a clamp to ``low`` and ``high`` leaves."""
    for width in range(2, fmt.width + 1):
        for signed in (False, True):
            narrow = ActFormat(width, fmt.frac, signed)
            ends = [float(fmt.dequantize(np.array(end))) for end in (narrow.lo, narrow.hi)]
            wide = [float(fmt.dequantize(np.array(end))) for end in (fmt.lo, fmt.hi)]
            if ends == [max(low, wide[0]), min(high, wide[1])]:
                return narrow
    raise RefusedError(
        f"a Clip from {low:g} to {high:g} must be the range of an activation",
        "clip to the range of fewer bits",
    )
