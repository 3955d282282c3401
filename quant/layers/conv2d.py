"""Two-dimensional convolution."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.layers import Operator, Region
from quant.layers._windowed import ConvLayer

__all__ = ["Conv2d"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Conv2d(ConvLayer):
    """Convolution (cross-correlation, as in ONNX) with zero padding, then requantization.

    Parameters
    ----------
    levels : ndarray of int64, shape (k_h, k_w, c_in, c_out)
    """

    kind: ClassVar[str] = "conv2d"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.levels.ndim != 4 or self.levels.shape[2] != self.in_shape[2]:
            raise ValueError(
                f"Levels must have shape (k_h, k_w, {self.in_shape[2]}, c_out), "
                f"not {self.levels.shape}"
            )
        _ = self.geometry

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        windows = self.geometry.windows(act.astype(self.dot_type), fill=0)
        # Channels last: then whole rows of a window are copied at once.
        windows = windows.transpose(0, 1, 2, 4, 5, 3)
        return self.finish(self.dot(windows.reshape(*windows.shape[:3], -1)))

    def reach(self, row: int, column: int, channel: int) -> tuple[Region, ...]:
        ((rows, columns, _),) = super().reach(row, column, channel)
        return ((rows, columns, range(self.in_shape[2])),)

    def weights_of(self, channel: int) -> NDArray[np.int64]:
        return self.levels[..., channel]

    def operator(self) -> Operator:
        return Operator("Conv", self.window_attributes, self.levels.transpose(3, 2, 0, 1))

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        levels = operator.demand_weights().transpose(2, 3, 1, 0)
        return cls(levels=levels, **cls.placement(operator), **parameters)
