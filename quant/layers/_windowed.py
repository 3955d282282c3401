"""What layers share that slide windows over an image: geometry, and how ONNX says it."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from quant.geometry import Geometry
from quant.layers import Layer, Operator, Region, Shape
from quant.layers._weighted import WeightedLayer

__all__ = ["ConvLayer", "PoolLayer"]

Pair = tuple[int, int]


@dataclass(frozen=True, eq=False, kw_only=True)
class _WindowedLayer(Layer):
    """A layer with a window for each output pixel."""

    stride: Pair = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    @abstractmethod
    def window(self) -> Pair:
        """Height and width of a window."""

    @property
    @abstractmethod
    def n_channels(self) -> int:
        """Channels of the output."""

    @cached_property
    def geometry(self) -> Geometry:
        """Where the windows lie."""
        return Geometry(*self.in_shape[:2], self.window, self.stride, self.padding)

    @property
    def out_shape(self) -> Shape:
        return self.geometry.out_height, self.geometry.out_width, self.n_channels

    def reach(self, row: int, column: int, channel: int) -> tuple[Region, ...]:
        top, left = self.padding[:2]
        (k_h, k_w), (s_h, s_w) = self.window, self.stride
        rows = range(row * s_h - top, row * s_h - top + k_h)
        columns = range(column * s_w - left, column * s_w - left + k_w)
        return ((rows, columns, range(channel, channel + 1)),)

    @property
    def window_attributes(self) -> dict[str, Any]:
        """The windows as an ONNX operator's attributes."""
        return {
            "kernel_shape": list(self.window),
            "pads": list(self.padding),
            "strides": list(self.stride),
        }

    @staticmethod
    def placement(operator: Operator) -> dict[str, Any]:
        """Stride and padding of an ONNX operator, as parameters."""
        attributes = operator.attributes
        return {"stride": tuple(attributes["strides"]), "padding": tuple(attributes["pads"])}


@dataclass(frozen=True, eq=False, kw_only=True)
class PoolLayer(_WindowedLayer):
    """One value of each window and channel, in the input's format.

    Parameters
    ----------
    kernel : (k_h, k_w)
    stride : (s_h, s_w)
    padding : (top, left, bottom, right)
    """

    kernel: Pair

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "out_format", self.in_format)
        _ = self.geometry

    @property
    def window(self) -> Pair:
        return self.kernel

    @property
    def n_channels(self) -> int:
        return self.in_shape[2]

    @staticmethod
    def placement(operator: Operator) -> dict[str, Any]:
        placed = _WindowedLayer.placement(operator)
        return {"kernel": tuple(operator.attributes["kernel_shape"]), **placed}


@dataclass(frozen=True, eq=False, kw_only=True)
class ConvLayer(WeightedLayer, _WindowedLayer):
    """A convolution of some sort: levels for each window.

    Parameters
    ----------
    levels : ndarray of int64, shape (k_h, k_w, ..., c_out)
    stride : (s_h, s_w)
    padding : (top, left, bottom, right)
    """

    @property
    def window(self) -> Pair:
        height, width = self.levels.shape[:2]
        return height, width

    @property
    def n_channels(self) -> int:
        return self.levels.shape[-1]

    @property
    def macs(self) -> int:
        return self.out_shape[0] * self.out_shape[1] * self.levels.size
