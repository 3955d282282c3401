"""Sum of branches."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import requantize
from quant.layers import Join, Operator, Shape

__all__ = ["Add"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Add(Join):
    """Sum of inputs of one shape, their scales aligned, then rounded once.

    ``out = clamp(round_half_even(sum(x_i * 2**(frac - frac_i)) * 2**-shift))``, where ``frac`` is
    the largest of the inputs' fraction lengths and ``shift = frac - out_format.frac``. An unsigned
    ``out_format`` makes it a ReLU as well.
    """

    kind: ClassVar[str] = "add"

    def __post_init__(self) -> None:
        super().__post_init__()
        for shape, _ in self.others:
            if shape != self.in_shape:
                raise ValueError(f"Summands must have one shape, not {self.in_shape} and {shape}")

    @property
    def frac(self) -> int:
        """Fraction length of the sum."""
        return max(fmt.frac for _, fmt in self.inputs)

    @property
    def shift(self) -> int:
        """Right shift from the sum to the output."""
        return self.frac - self.out_format.frac

    @property
    def out_shape(self) -> Shape:
        return self.in_shape

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        total = sum(
            act * 2 ** (self.frac - fmt.frac)
            for act, (_, fmt) in zip(acts, self.inputs, strict=True)
        )
        return requantize(np.asarray(total), self.shift, self.out_format)

    def operator(self) -> Operator:
        return Operator("Add", {})

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        return cls(**parameters)
