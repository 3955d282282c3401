"""Convolution of each channel with a kernel of its own."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.geometry import Geometry
from quant.layers import Operator, Shape
from quant.layers._weighted import WeightedLayer

__all__ = ["DepthwiseConv2d"]


@dataclass(frozen=True, eq=False, kw_only=True)
class DepthwiseConv2d(WeightedLayer):
    """Channel ``c`` of the output sees channel ``c`` of the input only, then requantization.

    Parameters
    ----------
    levels : ndarray of int64, shape (k_h, k_w, channels)
    stride : (s_h, s_w)
    padding : (top, left, bottom, right)
    """

    kind: ClassVar[str] = "depthwise_conv2d"

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.levels.ndim != 3 or self.levels.shape[2] != self.in_shape[2]:
            raise ValueError(
                f"Levels must have shape (k_h, k_w, {self.in_shape[2]}), not {self.levels.shape}"
            )
        _ = self.geometry

    @cached_property
    def geometry(self) -> Geometry:
        """Where the windows lie."""
        k_h, k_w = self.levels.shape[:2]
        return Geometry(*self.in_shape[:2], (k_h, k_w), self.stride, self.padding)

    @property
    def out_shape(self) -> Shape:
        return self.geometry.out_height, self.geometry.out_width, self.in_shape[2]

    @property
    def macs(self) -> int:
        return self.out_shape[0] * self.out_shape[1] * self.levels.size

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        windows = self.geometry.windows(act, fill=0)
        return self.finish(np.einsum("nyxchw,hwc->nyxc", windows, self.levels))

    def operator(self) -> Operator:
        attributes = {
            "group": self.in_shape[2],
            "kernel_shape": list(self.levels.shape[:2]),
            "pads": list(self.padding),
            "strides": list(self.stride),
        }
        return Operator("Conv", attributes, self.levels.transpose(2, 0, 1)[:, None])

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        return cls(
            levels=operator.demand_weights()[:, 0].transpose(1, 2, 0),
            stride=tuple(operator.attributes["strides"]),
            padding=tuple(operator.attributes["pads"]),
            **parameters,
        )
