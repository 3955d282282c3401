"""Mean over windows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import round_quotient
from quant.layers import Operator
from quant.layers._windowed import PoolLayer

__all__ = ["AveragePool"]


@dataclass(frozen=True, eq=False, kw_only=True)
class AveragePool(PoolLayer):
    """Correctly rounded mean of each window and channel: ``round_half_even(sum / count)``.

    Parameters
    ----------
    count_include_pad : bool
        Whether padding counts, as zeros; else the mean is over pixels of the image.
    """

    kind: ClassVar[str] = "average_pool"

    count_include_pad: bool = False

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Pixels that each window's sum is divided by, shape (out_height, out_width)."""
        if self.count_include_pad:
            return np.full(self.out_shape[:2], self.kernel[0] * self.kernel[1])
        ones = np.ones((1, *self.in_shape[:2], 1), np.int64)
        return self.geometry.windows(ones, fill=0).sum(axis=(-2, -1))[0, :, :, 0]

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        sums = self.geometry.windows(act, fill=0).sum(axis=(-2, -1))
        return round_quotient(sums, self.counts[:, :, None])

    def operator(self) -> Operator:
        counts = {"count_include_pad": int(self.count_include_pad)}
        return Operator("AveragePool", self.window_attributes | counts)

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        counts = bool(operator.attributes["count_include_pad"])
        return cls(count_include_pad=counts, **cls.placement(operator), **parameters)
