"""Fully connected layer."""

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.layers import Operator, Region, Shape
from quant.layers._weighted import WeightedLayer

__all__ = ["Dense"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Dense(WeightedLayer):
    """Every output sees every input of the frame, then requantization.

    Parameters
    ----------
    levels : ndarray of int64, shape (height * width * channels, c_out)
        Inputs in raster order, channels ascending within a pixel.
    """

    kind: ClassVar[str] = "dense"

    def __post_init__(self) -> None:
        super().__post_init__()
        n_in = prod(self.in_shape)
        if self.levels.ndim != 2 or self.levels.shape[0] != n_in:
            raise ValueError(f"Levels must have shape ({n_in}, c_out), not {self.levels.shape}")

    @property
    def out_shape(self) -> Shape:
        return 1, 1, self.levels.shape[1]

    @property
    def macs(self) -> int:
        return self.levels.size

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        dots = self.dot(act.reshape(len(act), -1))
        return self.finish(dots)[:, None, None, :]

    def reach(self, row: int, column: int, channel: int) -> tuple[Region, ...]:
        height, width, channels = self.in_shape
        return ((range(height), range(width), range(channels)),)

    def weights_of(self, channel: int) -> NDArray[np.int64]:
        return self.levels[:, channel].reshape(self.in_shape)

    def operator(self) -> Operator:
        by_pixel = self.levels.T.reshape(-1, *self.in_shape)
        weights = by_pixel.transpose(0, 3, 1, 2).reshape(len(by_pixel), -1)
        return Operator("Gemm", {"transB": 1}, weights, flat=True)

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        height, width, channels = parameters["in_shape"]
        by_channel = operator.demand_weights().reshape(-1, channels, height, width)
        levels = by_channel.transpose(2, 3, 1, 0).reshape(height * width * channels, -1)
        return cls(levels=levels, **parameters)
