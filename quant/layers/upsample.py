"""Each pixel several times."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.layers import Layer, Operator, Region, Shape

__all__ = ["Upsample"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Upsample(Layer):
    """Nearest neighbour: every pixel becomes ``factor`` by ``factor`` pixels.

    Parameters
    ----------
    factor : int
        2 to 4.
    """

    kind: ClassVar[str] = "upsample"

    factor: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "out_format", self.in_format)
        if not 2 <= self.factor <= 4:
            raise ValueError(f"Factor must be from 2 to 4, not {self.factor!r}")

    @property
    def out_shape(self) -> Shape:
        height, width, channels = self.in_shape
        return height * self.factor, width * self.factor, channels

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        return act.repeat(self.factor, axis=1).repeat(self.factor, axis=2)

    def reach(self, row: int, column: int, channel: int) -> tuple[Region, ...]:
        return super().reach(row // self.factor, column // self.factor, channel)

    def operator(self) -> Operator:
        return Operator("Resize", {"scales": [1, 1, self.factor, self.factor]})

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        return cls(factor=operator.attributes["scales"][-1], **parameters)
