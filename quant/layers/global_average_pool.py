"""Mean over the whole image."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import round_quotient
from quant.layers import Layer, Operator, Region, Shape

__all__ = ["GlobalAveragePool"]


@dataclass(frozen=True, eq=False, kw_only=True)
class GlobalAveragePool(Layer):
    """Correctly rounded mean of each channel: ``round_half_even(sum / (height * width))``."""

    kind: ClassVar[str] = "global_average_pool"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "out_format", self.in_format)

    @property
    def out_shape(self) -> Shape:
        return 1, 1, self.in_shape[2]

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        height, width, _ = self.in_shape
        return round_quotient(act.sum(axis=(1, 2), keepdims=True), np.array(height * width))

    def reach(self, row: int, column: int, channel: int) -> tuple[Region, ...]:
        height, width, _ = self.in_shape
        return ((range(height), range(width), range(channel, channel + 1)),)

    def operator(self) -> Operator:
        return Operator("GlobalAveragePool", {})

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        return cls(**parameters)
