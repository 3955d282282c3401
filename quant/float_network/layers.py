"""Layers on real numbers: what a float network consists of."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from quant.geometry import Geometry
from quant.layers import Shape

__all__ = [
    "FloatAdd",
    "FloatConcat",
    "FloatConv",
    "FloatDense",
    "FloatFunction",
    "FloatLayer",
    "FloatRectified",
    "FloatSlice",
    "FloatWeighted",
    "batches",
]

BATCH = 32
MAX_VALUES = 2**25

FloatArray = NDArray[np.float64]


def batches(values: NDArray, frame_size: int = 1) -> Iterator[NDArray]:
    """Consecutive parts of at most 32 frames, fewer if a frame takes many values in memory."""
    n = max(1, min(BATCH, MAX_VALUES // frame_size))
    for at in range(0, len(values), n):
        yield values[at : at + n]


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
class FloatWeighted(FloatRectified):
    """Dot products plus bias.

    Parameters
    ----------
    weights : ndarray of float64, shape (..., c_out)
    bias : ndarray of float64, shape (c_out,)
    """

    weights: FloatArray
    bias: FloatArray

    @property
    def n_groups(self) -> int:
        """Parts of the input channels; an output channel sees one of them."""
        return 1

    @property
    def taps(self) -> FloatArray:
        """Weights as a matrix for each group, shape (n_groups, k, c_out / n_groups)."""
        c_out = self.weights.shape[-1]
        matrix = self.weights.reshape(-1, self.n_groups, c_out // self.n_groups)
        return matrix.transpose(1, 0, 2)

    @property
    def patch_size(self) -> int:
        """Values in the patches of a frame."""
        height, width, _ = self.out_shape
        return height * width * self.taps[..., 0].size

    @abstractmethod
    def patches(self, values: FloatArray) -> FloatArray:
        """Inputs of each output, in the order of ``taps``; shape (n_groups, n * h * w, k)."""

    def sums(self, values: FloatArray, taps: FloatArray) -> FloatArray:
        """Dot products with ``taps`` in the place of the layer's own; shape (n * h * w, c_out)."""
        dots = self.patches(values) @ taps
        return dots.transpose(1, 0, 2).reshape(dots.shape[1], -1)

    def apply(self, *values: FloatArray) -> FloatArray:
        parts = [self.sums(some, self.taps) for some in batches(values[0], self.patch_size)]
        return self.rectified(np.concatenate(parts) + self.bias).reshape(-1, *self.out_shape)


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatConv(FloatWeighted):
    """Convolution (cross-correlation) with zero padding.

    Parameters
    ----------
    weights : ndarray of float64, shape (k_h, k_w, c_in / groups, c_out)
    stride : (s_h, s_w)
    padding : (top, left, bottom, right)
    dilation : (d_h, d_w)
        Distance of the taps, in pixels.
    groups : int
        Parts of the channels; part ``g`` of the output sees part ``g`` of the input.
    """

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1

    def __post_init__(self) -> None:
        _ = self.geometry

    @property
    def n_groups(self) -> int:
        return self.groups

    @property
    def is_depthwise(self) -> bool:
        """Whether each channel has a kernel of its own, and only one."""
        return self.groups == self.in_shape[2] == self.weights.shape[3] > 1

    @property
    def geometry(self) -> Geometry:
        """Where the windows lie; the kernel reaches over the gaps of the dilation."""
        k_h, k_w = (
            (k - 1) * d + 1 for k, d in zip(self.weights.shape[:2], self.dilation, strict=True)
        )
        return Geometry(*self.in_shape[:2], (k_h, k_w), self.stride, self.padding)

    @property
    def out_shape(self) -> Shape:
        return self.geometry.out_height, self.geometry.out_width, self.weights.shape[3]

    def patches(self, values: FloatArray) -> FloatArray:
        windows = self.geometry.windows(values, fill=0)
        windows = windows[..., :: self.dilation[0], :: self.dilation[1]]
        n, height, width, channels, k_h, k_w = windows.shape
        split = windows.reshape(n * height * width, self.groups, channels // self.groups, k_h, k_w)
        return split.transpose(1, 0, 3, 4, 2).reshape(self.groups, n * height * width, -1)


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatDense(FloatWeighted):
    """Every output sees every input of the frame.

    Parameters
    ----------
    weights : ndarray of float64, shape (height * width * channels, c_out)
        Inputs in raster order, channels ascending within a pixel.
    """

    @property
    def out_shape(self) -> Shape:
        return 1, 1, self.weights.shape[1]

    def patches(self, values: FloatArray) -> FloatArray:
        return values.reshape(1, -1, prod(self.in_shape))


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
