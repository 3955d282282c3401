"""The float network: a chain of convolutions, dense layers and max pools with weights folded in."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from quant.geometry import Geometry
from quant.layers import Shape

__all__ = [
    "FloatConv",
    "FloatDense",
    "FloatLayer",
    "FloatMaxPool",
    "FloatNetwork",
    "FloatWeighted",
    "batches",
]

BATCH = 32

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatLayer(ABC):
    """A layer on real numbers.

    Parameters
    ----------
    name : str
    in_shape : (height, width, channels)
    """

    name: str
    in_shape: Shape

    @property
    @abstractmethod
    def out_shape(self) -> Shape:
        """(height, width, channels) of the output."""

    @abstractmethod
    def apply(self, values: FloatArray) -> FloatArray:
        """Output, shape (n, *out_shape), for ``values`` of shape (n, *in_shape)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatWeighted(FloatLayer):
    """Dot products plus bias, with or without a ReLU.

    Parameters
    ----------
    weights : ndarray of float64, shape (..., c_out)
    bias : ndarray of float64, shape (c_out,)
    relu : bool
    """

    weights: FloatArray
    bias: FloatArray
    relu: bool = False

    @property
    def taps(self) -> FloatArray:
        """Weights as a matrix, shape (k, c_out)."""
        return self.weights.reshape(-1, self.weights.shape[-1])

    @abstractmethod
    def patches(self, values: FloatArray) -> FloatArray:
        """Inputs of each output, in the order of ``taps``; shape (n * out_h * out_w, k)."""

    def apply(self, values: FloatArray) -> FloatArray:
        sums = self.patches(values) @ self.taps + self.bias
        return (np.maximum(sums, 0) if self.relu else sums).reshape(-1, *self.out_shape)


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatConv(FloatWeighted):
    """Convolution (cross-correlation) with zero padding.

    Parameters
    ----------
    weights : ndarray of float64, shape (k_h, k_w, c_in, c_out)
    stride : (s_h, s_w)
    padding : (top, left, bottom, right)
    """

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __post_init__(self) -> None:
        _ = self.geometry

    @property
    def geometry(self) -> Geometry:
        """Where the windows lie."""
        k_h, k_w = self.weights.shape[:2]
        return Geometry(*self.in_shape[:2], (k_h, k_w), self.stride, self.padding)

    @property
    def out_shape(self) -> Shape:
        return self.geometry.out_height, self.geometry.out_width, self.weights.shape[3]

    def patches(self, values: FloatArray) -> FloatArray:
        windows = self.geometry.windows(values, fill=0).transpose(0, 1, 2, 4, 5, 3)
        return windows.reshape(-1, len(self.taps))


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
        return values.reshape(-1, prod(self.in_shape))


@dataclass(frozen=True, eq=False, kw_only=True)
class FloatMaxPool(FloatLayer):
    """Largest value of each window and channel; padding never wins.

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

    def apply(self, values: FloatArray) -> FloatArray:
        return self.geometry.windows(values, fill=-np.inf).max(axis=(-2, -1))


@dataclass(frozen=True, eq=False)
class FloatNetwork:
    """A chain of float layers.

    Parameters
    ----------
    name : str
    layers : tuple of FloatLayer
        Each takes what the one before it gives; at least one.
    """

    name: str
    layers: tuple[FloatLayer, ...]

    @property
    def in_shape(self) -> Shape:
        return self.layers[0].in_shape

    @property
    def out_shape(self) -> Shape:
        return self.layers[-1].out_shape

    def check_input(self, values: NDArray) -> FloatArray:
        """``values`` as float64; raises ValueError if shape or numbers do not fit."""
        values = np.asarray(values, dtype=np.float64)
        if values.shape[1:] != self.in_shape:
            raise ValueError(
                f"Samples must have shape (n, {', '.join(map(str, self.in_shape))}), "
                f"not {values.shape}"
            )
        if not np.isfinite(values).all():
            raise ValueError("Samples must be finite, but NaN or infinity was found")
        return values

    def trace(self, values: NDArray) -> dict[str, FloatArray]:
        """Output of every layer, by name.

        Parameters
        ----------
        values : ndarray, shape (n, *in_shape)

        Returns
        -------
        dict of ndarray of float64, shape (n, *out_shape of that layer)
        """
        values = self.check_input(values)
        outputs: dict[str, FloatArray] = {}
        for layer in self.layers:
            values = np.concatenate(
                [layer.apply(some) for some in batches(values)] or [np.zeros((0, *layer.out_shape))]
            )
            outputs[layer.name] = values
        return outputs

    def infer(self, values: NDArray) -> FloatArray:
        """Output of the last layer, shape (n, *out_shape)."""
        last = self.layers[-1]
        parts = [self.trace(some)[last.name] for some in batches(values)]
        return np.concatenate(parts or [np.zeros((0, *last.out_shape))])


def batches(values: NDArray) -> Iterator[NDArray]:
    """Consecutive parts of at most 32 frames, so that patches stay small in memory."""
    for at in range(0, len(values), BATCH):
        yield values[at : at + BATCH]
