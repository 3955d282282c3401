"""Two-dimensional convolution."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.geometry import Geometry
from quant.layers import Operator, Shape
from quant.layers._weighted import WeightedLayer

__all__ = ["Conv2d"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Conv2d(WeightedLayer):
    """Convolution (cross-correlation, as in ONNX) with zero padding, then requantization.

    Parameters
    ----------
    levels : ndarray of int64, shape (k_h, k_w, c_in, c_out)
    stride : (s_h, s_w)
    padding : (top, left, bottom, right)
    """

    kind: ClassVar[str] = "conv2d"

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.levels.ndim != 4 or self.levels.shape[2] != self.in_shape[2]:
            raise ValueError(
                f"Levels must have shape (k_h, k_w, {self.in_shape[2]}, c_out), "
                f"not {self.levels.shape}"
            )
        _ = self.geometry

    @cached_property
    def geometry(self) -> Geometry:
        """Where the windows lie."""
        k_h, k_w = self.levels.shape[:2]
        return Geometry(*self.in_shape[:2], (k_h, k_w), self.stride, self.padding)

    @property
    def out_shape(self) -> Shape:
        return self.geometry.out_height, self.geometry.out_width, self.levels.shape[3]

    @property
    def macs(self) -> int:
        return self.out_shape[0] * self.out_shape[1] * self.levels.size

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        windows = self.geometry.windows(act.astype(np.int32), fill=0)
        windows = windows.reshape(*windows.shape[:3], -1)
        taps = self.levels.transpose(2, 0, 1, 3).reshape(-1, self.levels.shape[3])
        return self.finish(self.dot(windows, taps))

    def operator(self) -> Operator:
        attributes = {
            "kernel_shape": list(self.levels.shape[:2]),
            "pads": list(self.padding),
            "strides": list(self.stride),
        }
        return Operator("Conv", attributes, self.levels.transpose(3, 2, 0, 1))

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        return cls(
            levels=operator.demand_weights().transpose(2, 3, 1, 0),
            stride=tuple(operator.attributes["strides"]),
            padding=tuple(operator.attributes["pads"]),
            **parameters,
        )
