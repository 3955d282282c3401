"""ShiftCNN: two signed terms, found greedily."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import TwoTerm, shift_cnn
from quant.quantizers import QuantizedWeights
from quant.quantizers._fitted import RuleQuantizer, power_below, squared_errors

__all__ = ["ShiftCnn"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class ShiftCnn(RuleQuantizer):
    """Levels of :func:`quant.codebook.shift_cnn`; a weight's first term is the power next to it,
    and the second the power next to what is left.

    The paper divides by the largest magnitude. Here it is divided by one of the two powers of two
    around it, the one with the lesser squared error, so that no multiplier is needed.

    Parameters
    ----------
    bits : int
        4, 6 or 8: of both terms together; the paper's is 8.
    fit, scale : str
        See :class:`~quant.quantizers._fitted.RuleQuantizer`.

    References
    ----------
    Gudovskiy, Rigazio: ShiftCNN: Generalized Low-Precision Architecture for Inference of
    Convolutional Neural Networks, arXiv 1706.02393.
    """

    kind: ClassVar[str] = "shift-cnn"
    all_bits: ClassVar[range] = range(4, 9, 2)

    def codebooks_for(self, taps: FloatArray) -> tuple[TwoTerm]:
        return (shift_cnn(self.bits // 2),)

    def _by_rule(self, taps: FloatArray) -> QuantizedWeights:
        (book,) = self.codebooks_for(taps)
        below = power_below(self._largest(np.abs(taps))) - max(book.first)
        found = [(_greedy(np.ldexp(taps, -some), book), some) for some in (below, below + 1)]
        errors = np.array([squared_errors(taps, *some) for some in found])
        if self.scale == "layer":
            errors = np.broadcast_to(errors.sum(axis=1, keepdims=True), errors.shape)
        above = errors[1] < errors[0]
        levels = np.where(above, found[1][0], found[0][0])
        return QuantizedWeights(levels, below + above, book)


def _greedy(values: FloatArray, book: TwoTerm) -> IntArray:
    levels = np.zeros(values.shape, np.int64)
    for term in sorted(book.terms, key=lambda term: -term.offset):
        rest = np.ldexp(values - levels, -term.offset)
        levels += term.codebook.nearest(rest) << term.offset
    return levels
