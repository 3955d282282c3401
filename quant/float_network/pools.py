"""Pools and their opposite, on real numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quant.float_network.layers import FloatLayer
from quant.geometry import Geometry
from quant.layers import Shape

__all__ = ["FloatAveragePool", "FloatGlobalAveragePool", "FloatMaxPool", "FloatUpsample"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class _FloatPool(FloatLayer):
    """Something of each window.

    Parameters
    ----------
    kernel : (k_h, k_w)
    stride : (s_h, s_w)
    padding : (top, left, bottom, right)
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __post_init__(self) -> None:
        _ = self.geometry

    @property
    def geometry(self) -> Geometry:
        """Where the windows lie."""
        return Geometry(*self.in_shape[:2], self.kernel, self.stride, self.padding)

    @property
    def out_shape(self) -> Shape:
        return self.geometry.out_height, self.geometry.out_width, self.in_shape[2]


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatMaxPool(_FloatPool):
    """Largest value of each window and channel; padding never wins."""

    def apply(self, *values: FloatArray) -> FloatArray:
        return self.geometry.windows(values[0], fill=-np.inf).max(axis=(-2, -1))


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatAveragePool(_FloatPool):
    """Mean of each window and channel.

    Parameters
    ----------
    count_include_pad : bool
        Whether padding counts, as zeros; else the mean is over pixels of the image.
    """

    count_include_pad: bool = False

    def apply(self, *values: FloatArray) -> FloatArray:
        sums = self.geometry.windows(values[0], fill=0).sum(axis=(-2, -1))
        ones = np.ones((1, *self.in_shape[:2], 1))
        counts = self.geometry.windows(ones, fill=float(self.count_include_pad))
        return sums / counts.sum(axis=(-2, -1))


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatGlobalAveragePool(FloatLayer):
    """Mean of each channel."""

    @property
    def out_shape(self) -> Shape:
        return 1, 1, self.in_shape[2]

    def apply(self, *values: FloatArray) -> FloatArray:
        return values[0].mean(axis=(1, 2), keepdims=True)


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatUpsample(FloatLayer):
    """Every pixel becomes ``factor`` by ``factor`` pixels."""

    factor: int

    @property
    def out_shape(self) -> Shape:
        height, width, channels = self.in_shape
        return height * self.factor, width * self.factor, channels

    def apply(self, *values: FloatArray) -> FloatArray:
        return values[0].repeat(self.factor, axis=1).repeat(self.factor, axis=2)
