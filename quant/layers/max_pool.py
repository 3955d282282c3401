"""Maximum over windows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.geometry import Geometry
from quant.layers import Layer, Operator, Shape

__all__ = ["MaxPool"]


@dataclass(frozen=True, eq=False, kw_only=True)
class MaxPool(Layer):
    """Largest activation of each window and channel; padding never wins.

    Parameters
    ----------
    kernel : (k_h, k_w)
    stride : (s_h, s_w)
    padding : (top, left, bottom, right)
    """

    kind: ClassVar[str] = "max_pool"

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "out_format", self.in_format)
        _ = self.geometry

    @cached_property
    def geometry(self) -> Geometry:
        """Where the windows lie."""
        return Geometry(*self.in_shape[:2], self.kernel, self.stride, self.padding)

    @property
    def out_shape(self) -> Shape:
        return self.geometry.out_height, self.geometry.out_width, self.in_shape[2]

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        return self.geometry.windows(act, fill=self.in_format.lo).max(axis=(-2, -1))

    def operator(self) -> Operator:
        attributes = {
            "kernel_shape": list(self.kernel),
            "pads": list(self.padding),
            "strides": list(self.stride),
        }
        return Operator("MaxPool", attributes)

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        return cls(
            kernel=tuple(operator.attributes["kernel_shape"]),
            stride=tuple(operator.attributes["strides"]),
            padding=tuple(operator.attributes["pads"]),
            **parameters,
        )
