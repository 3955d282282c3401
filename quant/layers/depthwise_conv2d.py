"""Convolution of each channel with a kernel of its own."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.layers import Operator
from quant.layers._windowed import ConvLayer

__all__ = ["DepthwiseConv2d"]


@dataclass(frozen=True, eq=False, kw_only=True)
class DepthwiseConv2d(ConvLayer):
    """Channel ``c`` of the output sees channel ``c`` of the input only, then requantization.

    Parameters
    ----------
    levels : ndarray of int64, shape (k_h, k_w, channels)
    """

    kind: ClassVar[str] = "depthwise_conv2d"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.levels.ndim != 3 or self.levels.shape[2] != self.in_shape[2]:
            raise ValueError(
                f"Levels must have shape (k_h, k_w, {self.in_shape[2]}), not {self.levels.shape}"
            )
        _ = self.geometry

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        windows = self.geometry.windows(act, fill=0)
        return self.finish(np.einsum("nyxchw,hwc->nyxc", windows, self.levels))

    def weights_of(self, channel: int) -> NDArray[np.int64]:
        return self.levels[..., channel : channel + 1]

    def operator(self) -> Operator:
        attributes = {"group": self.in_shape[2], **self.window_attributes}
        return Operator("Conv", attributes, self.levels.transpose(2, 0, 1)[:, None])

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        levels = operator.demand_weights()[:, 0].transpose(1, 2, 0)
        return cls(levels=levels, **cls.placement(operator), **parameters)
