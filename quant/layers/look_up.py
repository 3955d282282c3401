"""A function of one activation, as a table."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from quant.layers import Layer, Operator, Shape

__all__ = ["LookUp"]

MAX_WIDTH = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class LookUp(Layer):
    """Every activation replaced by its entry in a table: sigmoid, tanh, hard swish, leaky ReLU.

    Parameters
    ----------
    table : ndarray of int64, shape (2**in_format.width,) or (channels, 2**in_format.width)
        Output for each bit pattern of the input, so for a signed format the entries of 0, 1, ...
        come first and those of ..., -2, -1 last; one table for all channels, or one for each.
    function : str
        Name of the function, for reports.
    out_format : ActFormat
    """

    kind: ClassVar[str] = "look_up"

    table: NDArray[np.int64]
    function: str
    out_format: ActFormat

    def __post_init__(self) -> None:
        super().__post_init__()
        width = self.in_format.width
        if width > MAX_WIDTH:
            raise ValueError(f"A table's input must have at most {MAX_WIDTH} bits, not {width}")
        table = np.array(self.table, np.int64)
        if table.shape not in ((2**width,), (self.in_shape[2], 2**width)):
            raise ValueError(
                f"Table must have shape ({2**width},) or ({self.in_shape[2]}, {2**width}), "
                f"not {table.shape}"
            )
        if table.min() < self.out_format.lo or table.max() > self.out_format.hi:
            raise ValueError(f"Table must lie within {self.out_format}")
        table.setflags(write=False)
        object.__setattr__(self, "table", table)

    @property
    def out_shape(self) -> Shape:
        return self.in_shape

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        pattern = act % 2**self.in_format.width
        if self.table.ndim == 1:
            return self.table[pattern]
        return self.table[np.arange(self.in_shape[2]), pattern]

    def operator(self) -> Operator:
        return Operator("Gather", {"function": self.function}, self.table)

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        return cls(
            table=operator.demand_weights(),
            function=operator.attributes["function"],
            **parameters,
        )
