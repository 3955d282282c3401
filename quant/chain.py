"""Build a float network step by step; scales, offsets and ReLUs fold into the layers."""

from collections import Counter
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from quant.float_graph import FloatConv, FloatDense, FloatLayer, FloatMaxPool, FloatWeighted
from quant.layers import Shape

__all__ = ["Chain", "RefusedError"]

FloatArray = NDArray[np.float64]


class RefusedError(Exception):
    """A step does not fit the hardware.

    Parameters
    ----------
    reason : str
        What was found and what is allowed.
    fix : str
        What to do about it.
    """

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix


@dataclass(frozen=True, eq=False)
class Affine:
    """``scale * x + offset``; both broadcast against (height, width, channels).

    Parameters
    ----------
    scale, offset : ndarray of float64
    source : str
        The node that it comes from.
    """

    scale: FloatArray
    offset: FloatArray
    source: str = ""

    @property
    def per_channel(self) -> bool:
        """Whether every pixel has the same."""
        return max(self.scale.ndim, self.offset.ndim) <= 1


class Chain:
    """Layers so far, and what waits to be folded into the next.

    Parameters
    ----------
    shape : (height, width, channels)
        Of the input.
    flat : bool
        Whether the ONNX tensor has lost its pixels: (n, features), channel first.

    Members
    -------
    layers : list of FloatLayer
    pending : Affine or None
        What the next layer with weights takes in.
    lost : bool
        Whether an earlier step was refused: the chain then only judges.
    """

    def __init__(self, shape: Shape, *, flat: bool, lost: bool = False) -> None:
        self.shape = shape
        self.flat = flat
        self.lost = lost
        self.layers: list[FloatLayer] = []
        self.pending: Affine | None = None
        self._counts: Counter[str] = Counter()

    def conv(
        self,
        weights: FloatArray,
        bias: FloatArray,
        stride: tuple[int, int],
        padding: tuple[int, int, int, int],
    ) -> None:
        """Append a convolution; weights of shape (k_h, k_w, c_in, c_out)."""
        self._need_pixels("a convolution")
        _need_equal("channels", weights.shape[2], self.shape[2])
        affine = self.pending
        if affine:
            if padding != (0, 0, 0, 0) and affine.offset.any():
                raise RefusedError(
                    f"the offset of {affine.source} cannot be folded into a convolution with "
                    f"padding, because padded pixels are zero after the offset",
                    "train without the offset before it, or without padding",
                )
            scale, offset = (np.broadcast_to(part, self.shape[2]) for part in _parts(affine))
            bias = bias + np.einsum("hwio,i->o", weights, offset)
            weights = weights * scale[:, None]
        self._append(
            FloatConv(
                name=self._name("conv"),
                in_shape=self.shape,
                weights=weights,
                bias=bias,
                stride=stride,
                padding=padding,
            )
        )

    def dense(self, weights: FloatArray, bias: FloatArray) -> None:
        """Append a dense layer; weights of shape (features, c_out), features channel first."""
        if not self.flat:
            raise RefusedError(
                "a dense layer needs an input of shape (n, features)", "put a Flatten before it"
            )
        _need_equal("features", len(weights), prod(self.shape))
        height, width, channels = self.shape
        by_channel = weights.reshape(channels, height, width, -1)
        weights = by_channel.transpose(1, 2, 0, 3).reshape(prod(self.shape), -1)
        if self.pending:
            scale, offset = (
                np.broadcast_to(part, self.shape).reshape(-1) for part in _parts(self.pending)
            )
            bias = bias + offset @ weights
            weights = weights * scale[:, None]
        self._append(
            FloatDense(name=self._name("dense"), in_shape=self.shape, weights=weights, bias=bias)
        )

    def max_pool(
        self,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        padding: tuple[int, int, int, int],
    ) -> None:
        """Append a max pool."""
        self._need_pixels("a max pool")
        if self.pending and (self.pending.scale < 0).any():
            raise RefusedError(
                f"the negative scale of {self.pending.source} cannot pass a max pool",
                "put the max pool first",
            )
        waiting = self.pending
        self._append(
            FloatMaxPool(
                name=self._name("pool"),
                in_shape=self.shape,
                kernel=kernel,
                stride=stride,
                padding=padding,
            )
        )
        self.pending = waiting

    def relu(self) -> None:
        """Clamp the layer before at zero; a max pool between does not matter."""
        if self.pending:
            raise RefusedError(
                f"a ReLU cannot follow {self.pending.source}, which folds into the layer after it",
                "put a convolution or a dense layer between",
            )
        at = self._weighted_before()
        if at is not None:
            self.layers[at] = replace(self._weighted(at), relu=True)
        elif not self.lost:
            raise RefusedError(
                "a ReLU must follow a convolution or a dense layer", "remove it or move it"
            )

    def affine(self, scale: FloatArray, offset: FloatArray, source: str) -> None:
        """Scale and offset, each a scalar, one a channel, or one a feature of a flat tensor."""
        step = Affine(self._placed(scale), self._placed(offset), source)
        if self.pending:
            step = Affine(
                step.scale * self.pending.scale,
                step.scale * self.pending.offset + step.offset,
                source,
            )
        at = self._weighted_before()
        pooled = at is not None and at < len(self.layers) - 1
        if (
            at is None
            or self._weighted(at).relu
            or not step.per_channel
            or (pooled and (step.scale < 0).any())
        ):
            self.pending = step
            return
        layer = self._weighted(at)
        self.pending = None
        self.layers[at] = replace(
            layer,
            weights=layer.weights * step.scale,
            bias=layer.bias * step.scale + step.offset,
        )

    def flatten(self) -> None:
        """Forget the pixels: (n, channels, height, width) becomes (n, features)."""
        self.flat = True

    def _need_pixels(self, what: str) -> None:
        if self.flat and self.shape[:2] != (1, 1):
            raise RefusedError(f"{what} cannot follow a Flatten", "put it before the Flatten")

    def _append(self, layer: FloatLayer) -> None:
        self.layers.append(layer)
        self.shape = layer.out_shape
        self.pending = None

    def _name(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"{kind}{self._counts[kind]}"

    def _weighted_before(self) -> int | None:
        """Index of the last layer with weights, if only max pools came after it."""
        for at in reversed(range(len(self.layers))):
            if isinstance(self.layers[at], FloatWeighted):
                return at
        return None

    def _weighted(self, at: int) -> FloatWeighted:
        layer = self.layers[at]
        assert isinstance(layer, FloatWeighted)
        return layer

    def _placed(self, part: FloatArray) -> FloatArray:
        """A scalar or a channel's values as they are; a flat tensor's features by pixel."""
        height, width, channels = self.shape
        if part.ndim == 0 or (height, width) == (1, 1) or not self.flat:
            return part
        return part.reshape(channels, height, width).transpose(1, 2, 0)


def _need_equal(what: str, taken: int, given: int) -> None:
    if taken != given:
        raise RefusedError(
            f"its weights take {taken} {what}, but its input has {given}", "export again"
        )


def _parts(affine: Affine) -> tuple[FloatArray, FloatArray]:
    return affine.scale, affine.offset
