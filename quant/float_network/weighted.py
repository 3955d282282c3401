"""Float layers with weights."""

from abc import abstractmethod
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from quant.float_network.layers import FloatRectified, in_batches
from quant.geometry import Geometry
from quant.layers import Shape

__all__ = ["FloatConv", "FloatDense", "FloatWeighted"]

FloatArray = NDArray[np.float64]


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

    def check_finite(self) -> None:
        """Raise ValueError if a weight or bias is NaN or infinite."""
        for what, values in (("Weights", self.weights), ("Biases", self.bias)):
            if not np.isfinite(values).all():
                raise ValueError(
                    f"{self.name}: {what} must be finite, but NaN or infinity was found"
                )

    @property
    def n_groups(self) -> int:
        """Parts of the input channels; an output channel sees one of them."""
        return 1

    @property
    def taps(self) -> FloatArray:
        """Weights as a matrix for each group, shape (n_groups, k, c_out / n_groups)."""
        return self.grouped(self.weights)

    def grouped(self, weights: FloatArray) -> FloatArray:
        """``weights`` of shape (..., c_out) like :attr:`taps`."""
        matrix = weights.reshape(-1, self.n_groups, weights.shape[-1] // self.n_groups)
        return matrix.transpose(1, 0, 2)

    @property
    def patch_size(self) -> int:
        """Values in the patches of a frame."""
        height, width, _ = self.out_shape
        return height * width * self.taps[..., 0].size

    @abstractmethod
    def patches(self, values: FloatArray, every: int = 1) -> FloatArray:
        """Inputs of each output, or of each ``every``-th, in the order of ``taps``; shape
        (n_groups, n * h * w, k)."""

    @abstractmethod
    def tap_sums(self, values: FloatArray) -> FloatArray:
        """Sum of all patches, shape (n_groups, 1, k)."""

    def sums(self, values: FloatArray, taps: FloatArray) -> FloatArray:
        """Dot products with ``taps`` in the place of the layer's own; shape (n * h * w, c_out)."""
        dots = self.patches(values) @ taps
        return dots.transpose(1, 0, 2).reshape(dots.shape[1], -1)

    def apply(self, *values: FloatArray) -> FloatArray:
        taps = self.taps
        sums = in_batches(lambda some: self.sums(some, taps), values[0], frame_size=self.patch_size)
        sums += self.bias
        return self.rectified(sums).reshape(-1, *self.out_shape)


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

    def patches(self, values: FloatArray, every: int = 1) -> FloatArray:
        windows = self._windows(values)
        n_rows = prod(windows.shape[:3])
        if every > 1:
            windows = windows[np.unravel_index(np.arange(0, n_rows, every), windows.shape[:3])]
        channels, k_h, k_w = windows.shape[-3:]
        split = windows.reshape(-1, self.groups, channels // self.groups, k_h, k_w)
        return split.transpose(1, 0, 3, 4, 2).reshape(self.groups, len(split), -1)

    def tap_sums(self, values: FloatArray) -> FloatArray:
        windows = self._windows(values)
        taps = np.ndindex(windows.shape[-2:])
        totals = [windows[..., y, x].sum(axis=(0, 1, 2)).reshape(self.groups, -1) for y, x in taps]
        return np.concatenate(totals, axis=1)[:, None]

    def _windows(self, values: FloatArray) -> FloatArray:
        """Taps of each output, shape (n, height, width, channels, k_h, k_w)."""
        windows = self.geometry.windows(values, fill=0)
        return windows[..., :: self.dilation[0], :: self.dilation[1]]


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

    def patches(self, values: FloatArray, every: int = 1) -> FloatArray:
        return values.reshape(1, -1, prod(self.in_shape))[:, ::every]

    def tap_sums(self, values: FloatArray) -> FloatArray:
        return self.patches(values).sum(axis=1, keepdims=True)
