"""A tensor of a float model while its network is built, and what waits to be folded."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from quant.layers import Shape
from quant.onnx_model.layout import Axes, image_axes
from quant.onnx_model.padding import Padding
from quant.onnx_model.verdict import RefusedError

__all__ = [
    "NO_PADDING",
    "Affine",
    "Function",
    "Padding",
    "Value",
    "composed",
]

FloatArray = NDArray[np.float64]
Function = Callable[[FloatArray], FloatArray]

NO_PADDING: Padding = (0, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class _Composed:
    """Functions one behind the other, the first first."""

    steps: tuple[Function, ...]

    def __call__(self, values: FloatArray) -> FloatArray:
        for step in self.steps:
            values = step(values)
        return values


def composed(second: Function, first: Function) -> Function:
    """``second`` of what ``first`` gives."""
    parts = (one.steps if isinstance(one, _Composed) else (one,) for one in (first, second))
    return _Composed(tuple(chain.from_iterable(parts)))


@dataclass(frozen=True, eq=False)
class Affine:
    """``scale * x + offset``; both broadcast against (height, width, channels).

    Parameters
    ----------
    scale, offset : ndarray of float64, 3-dimensional
    source : str
        The node that it comes from.
    """

    scale: FloatArray
    offset: FloatArray
    source: str = ""

    @property
    def per_channel(self) -> bool:
        """Whether every pixel has the same."""
        return self.scale.shape[:2] == self.offset.shape[:2] == (1, 1)

    def channels(self) -> tuple[FloatArray, FloatArray]:
        """Scale and offset as one value, or one for each channel."""
        return self.scale[0, 0], self.offset[0, 0]

    def after(self, first: "Affine | None") -> "Affine":
        """This one on the result of ``first``."""
        if first is None:
            return self
        return Affine(
            self.scale * first.scale, self.scale * first.offset + self.offset, self.source
        )

    def function(self) -> Function:
        """The same on arrays of shape (..., channels)."""
        scale, offset = self.channels()
        return lambda values: values * scale + offset


@dataclass(frozen=True, eq=False)
class Value:
    """A tensor: which layer gives it, how its axes lie, and what is still to be done to it.

    Parameters
    ----------
    source : str
        Layer, or the network's input.
    shape : (height, width, channels)
        Of what ``source`` gives.
    axes : Axes
        Of the tensor.
    shared : bool
        Whether another node takes it too: the layer cannot change any more.
    pending : Affine, optional
        What the next layer folds in.
    padding : Padding
        Zeros around the image, behind ``pending``.
    on_host : bool
        Whether it lies behind an operator that is left to the host.
    """

    source: str
    shape: Shape
    axes: Axes
    shared: bool = False
    pending: Affine | None = None
    padding: Padding = NO_PADDING
    on_host: bool = False

    @property
    def is_image(self) -> bool:
        """Whether the tensor is (batch, channels, height, width)."""
        return self.axes == image_axes(self.shape)

    def with_axes(self, axes: Axes) -> "Value":
        """The same, its axes grouped or ordered otherwise."""
        return replace(self, axes=axes)

    def need_image(self, what: str) -> None:
        """Refuse any other order of axes."""
        if not self.is_image:
            raise RefusedError(
                f"{what} needs an input of shape (batch, channels, height, width)",
                "put it before the Flatten, or transpose before it",
            )

    def need_unpadded(self) -> None:
        """Refuse zeros that no convolution or pool has taken in."""
        if any(self.padding):
            raise RefusedError(
                "a Pad must come right before a convolution or a pool", "move or remove the Pad"
            )
