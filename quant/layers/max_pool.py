"""Maximum over windows."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.layers import Operator
from quant.layers._windowed import PoolLayer

__all__ = ["MaxPool"]


@dataclass(frozen=True, eq=False, kw_only=True)
class MaxPool(PoolLayer):
    """Largest activation of each window and channel; padding never wins."""

    kind: ClassVar[str] = "max_pool"

    def reference(self, *acts: NDArray[np.int64]) -> NDArray[np.int64]:
        (act,) = acts
        return self.geometry.windows(act, fill=self.in_format.lo).max(axis=(-2, -1))

    def operator(self) -> Operator:
        return Operator("MaxPool", self.window_attributes)

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        return cls(**cls.placement(operator), **parameters)
