"""Incremental network quantization: fewer powers of two than there are codes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import PowerOfTwo
from quant.quantizers import QuantizedWeights
from quant.quantizers._fitted import RuleQuantizer, power_below

__all__ = ["Inq"]


@dataclass(frozen=True, kw_only=True)
class Inq(RuleQuantizer):
    """Zero and ``±2**n1`` down to ``±2**n2``, where ``n1 = floor(log2(4 * s / 3))`` for the
    largest weight's magnitude ``s``, and ``n2 = n1 + 1 - 2**(bits - 2)``.

    A weight takes the nearest level; a tie, which the paper rounds up, goes to the smaller.

    Parameters
    ----------
    bits : int
        2 to 5. One bit tells zero from the rest, so that 2**(bits - 1) + 1 of the codes are used.
    fit, scale : str
        See :class:`~quant.quantizers._fitted.RuleQuantizer`.

    References
    ----------
    Zhou et al., Incremental Network Quantization, ICLR 2017 (arXiv 1702.03044). Its groups and its
    retraining belong to training; this is what it rounds with.
    """

    kind: ClassVar[str] = "inq"
    all_bits: ClassVar[range] = range(2, 6)

    def codebooks_for(self, taps: NDArray[np.float64]) -> tuple[PowerOfTwo]:
        return (PowerOfTwo(self.bits - 1, tuple(range(2 ** (self.bits - 2)))),)

    def _by_rule(self, taps: NDArray[np.float64]) -> QuantizedWeights:
        (book,) = self.codebooks_for(taps)
        exponents = power_below(self._largest(np.abs(taps)), 0.75) - book.max_shift
        return QuantizedWeights(book.nearest(np.ldexp(taps, -exponents)), exponents, book)
