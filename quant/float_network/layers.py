"""Layers on real numbers: what a float network consists of."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.layers import Shape

__all__ = [
    "FloatAdd",
    "FloatConcat",
    "FloatFunction",
    "FloatLayer",
    "FloatRectified",
    "FloatSlice",
    "batches",
    "in_batches",
]

BATCH = 32
MAX_VALUES = 2**25

FloatArray = NDArray[np.float64]


def batches(values: NDArray, frame_size: int = 1) -> Iterator[NDArray]:
    """Consecutive parts of at most 32 frames, fewer if a frame takes many values in memory."""
    n = max(1, min(BATCH, MAX_VALUES // frame_size))
    for at in range(0, len(values), n):
        yield values[at : at + n]


def in_batches(
    function: Callable[..., NDArray[Any]], *inputs: NDArray[Any], frame_size: int = 1
) -> NDArray[Any]:
    """``function(*inputs)`` batch by batch; it gives rows in proportion to the frames it takes."""
    found = np.zeros(0)
    at = 0
    for some in zip(*(batches(values, frame_size) for values in inputs), strict=True):
        part = function(*some)
        if not at:
            per_frame = len(part) // len(some[0])
            found = np.empty((len(inputs[0]) * per_frame, *part.shape[1:]), part.dtype)
        found[at : at + len(part)] = part
        at += len(part)
    return found


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatLayer(ABC):
    """A layer on real numbers.

    Parameters
    ----------
    name : str
    in_shape : (height, width, channels)
        Of the first input.
    inputs : tuple of str
        Layers whose outputs it takes, or the network's input. Empty stands for the layer before.
    """

    name: str
    in_shape: Shape
    inputs: tuple[str, ...] = ()

    @property
    def out_shape(self) -> Shape:
        """(height, width, channels) of the output."""
        return self.in_shape

    def shape_of_input(self, index: int) -> Shape:
        """(height, width, channels) of the input of that index."""
        return self.in_shape

    @abstractmethod
    def apply(self, *values: FloatArray) -> FloatArray:
        """Output, shape (n, *out_shape), for an array of shape (n, *in_shape) for each input."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatRectified(FloatLayer):
    """A layer with or without a ReLU at its end.

    Parameters
    ----------
    relu : bool
    cap : float
        Upper end of the ReLU: 6 for a ReLU6.
    """

    relu: bool = False
    cap: float = np.inf

    def rectified(self, values: FloatArray) -> FloatArray:
        """Values behind the ReLU."""
        return np.clip(values, 0, self.cap) if self.relu else values


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatAdd(FloatRectified):
    """Sum of inputs of one shape."""

    def apply(self, *values: FloatArray) -> FloatArray:
        return self.rectified(np.sum(values, axis=0))


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatConcat(FloatRectified):
    """Channels of all inputs, one input after the other.

    Parameters
    ----------
    channels : tuple of int
        Of each input.
    """

    channels: tuple[int, ...]

    @property
    def out_shape(self) -> Shape:
        return *self.in_shape[:2], sum(self.channels)

    def shape_of_input(self, index: int) -> Shape:
        return *self.in_shape[:2], self.channels[index]

    def apply(self, *values: FloatArray) -> FloatArray:
        return self.rectified(np.concatenate(values, axis=-1))


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatSlice(FloatLayer):
    """Channels from ``start`` up to, but without, ``stop``."""

    start: int
    stop: int

    @property
    def out_shape(self) -> Shape:
        return *self.in_shape[:2], self.stop - self.start

    def apply(self, *values: FloatArray) -> FloatArray:
        return values[0][..., self.start : self.stop]


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatFunction(FloatLayer):
    """A function of one value.

    Parameters
    ----------
    function : callable
        From arrays of shape (..., channels) to arrays of the same shape.
    label : str
        Its name, for reports.
    per_channel : bool
        Whether channels differ.
    """

    function: Callable[[FloatArray], FloatArray]
    label: str
    per_channel: bool = False

    def apply(self, *values: FloatArray) -> FloatArray:
        return self.function(values[0])
