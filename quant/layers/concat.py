"""Branches side by side."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import requantize
from quant.layers import Join, Operator, Region, Shape

__all__ = ["Concat"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Concat(Join):
    """Channels of all inputs, one input after the other, each brought to ``out_format``."""

    kind: ClassVar[str] = "concat"

    def __post_init__(self) -> None:
        super().__post_init__()
        for shape, _ in self.others:
            if shape[:2] != self.in_shape[:2]:
                raise ValueError(
                    f"Concatenated images must have one size, not {self.in_shape[:2]} "
                    f"and {shape[:2]}"
                )

    @property
    def out_shape(self) -> Shape:
        return *self.in_shape[:2], sum(shape[2] for shape, _ in self.inputs)

    @property
    def shifts(self) -> tuple[int, ...]:
        """Right shift of each input."""
        return tuple(fmt.frac - self.out_format.frac for _, fmt in self.inputs)

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        parts = [
            requantize(act, shift, self.out_format)
            for act, shift in zip(acts, self.shifts, strict=True)
        ]
        return np.concatenate(parts, axis=-1)

    def reach(self, row: int, column: int, channel: int) -> tuple[Region, ...]:
        regions, first = [], 0
        for shape, _ in self.inputs:
            at = channel - first
            channels = range(at, at + 1) if 0 <= at < shape[2] else range(0)
            regions.append((range(row, row + 1), range(column, column + 1), channels))
            first += shape[2]
        return tuple(regions)

    def operator(self) -> Operator:
        return Operator("Concat", {"axis": 1})

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        return cls(**parameters)
