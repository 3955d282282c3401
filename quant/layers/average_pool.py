"""Mean over windows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from quant.fixed_point import round_quotient
from quant.geometry import Geometry
from quant.layers import Layer, Operator, Shape

__all__ = ["AveragePool"]


@dataclass(frozen=True, eq=False, kw_only=True)
class AveragePool(Layer):
    """Correctly rounded mean of each window and channel: ``round_half_even(sum / count)``.

    Parameters
    ----------
    kernel : (k_h, k_w)
    stride : (s_h, s_w)
    padding : (top, left, bottom, right)
    count_include_pad : bool
        Whether padding counts, as zeros; else the mean is over pixels of the image.
    """

    kind: ClassVar[str] = "average_pool"

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    count_include_pad: bool = False

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
        attributes = {
            "kernel_shape": list(self.kernel),
            "pads": list(self.padding),
            "strides": list(self.stride),
            "count_include_pad": int(self.count_include_pad),
        }
        return Operator("AveragePool", attributes)

    @classmethod
    def from_operator(cls, operator: Operator, **parameters: Any) -> Self:
        return cls(
            kernel=tuple(operator.attributes["kernel_shape"]),
            stride=tuple(operator.attributes["strides"]),
            padding=tuple(operator.attributes["pads"]),
            count_include_pad=bool(operator.attributes["count_include_pad"]),
            **parameters,
        )
