"""Some channels of an image."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.layers import Layer, Operator, Region, Shape

__all__ = ["ChannelSlice"]


@dataclass(frozen=True, eq=False, kw_only=True)
class ChannelSlice(Layer):
    """Channels from ``start`` up to, but without, ``stop``.

    Parameters
    ----------
    start, stop : int
    """

    kind: ClassVar[str] = "channel_slice"

    start: int
    stop: int

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "out_format", self.in_format)
        if not 0 <= self.start < self.stop <= self.in_shape[2]:
            raise ValueError(
                f"Channels {self.start} to {self.stop} do not lie within the {self.in_shape[2]}"
            )

    @property
    def out_shape(self) -> Shape:
        return *self.in_shape[:2], self.stop - self.start

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        return act[..., self.start : self.stop]

    def reach(self, row: int, column: int, channel: int) -> tuple[Region, ...]:
        return super().reach(row, column, channel + self.start)

    def operator(self) -> Operator:
        return Operator("Slice", {"starts": [self.start], "ends": [self.stop], "axes": [1]})

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        (start,), (stop,) = operator.attributes["starts"], operator.attributes["ends"]
        return cls(start=start, stop=stop, **parameters)
