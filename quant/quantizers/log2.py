"""Nearest power of two by logarithm."""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import MAX_EXPONENT_WIDTH, PowerOfTwo
from quant.quantizers import QuantizedWeights
from quant.quantizers._fitted import RuleQuantizer, power_below

__all__ = ["Log2"]


@dataclass(frozen=True, kw_only=True)
class Log2(RuleQuantizer):
    """``sign(w) * 2**clip(round(log2(abs(w))), lowest, highest)``, and 0 for 0.

    ``highest`` is ``round(log2(s))`` for the largest magnitude ``s``.

    Parameters
    ----------
    bits : int
        2 to 5: 2**(bits - 1) - 1 powers, and zero. DeepShift-Q has one power more and no zero.
    small : {"clamp", "zero"}
        What becomes of a weight whose logarithm rounds below ``lowest``: clipped as in the papers,
        or zero.
    fit, scale : str
        See :class:`~quant.quantizers._fitted.RuleQuantizer`.

    References
    ----------
    Miyashita, Lee, Murmann: Convolutional Neural Networks using Logarithmic Data Representation
    (LogNet), arXiv 1603.01025. Elhoushi et al.: DeepShift, CVPR workshops 2021 (DeepShift-Q).
    """

    kind: ClassVar[str] = "log2"
    all_bits: ClassVar[range] = range(2, MAX_EXPONENT_WIDTH + 2)

    small: str = "clamp"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_choice("small", ("clamp", "zero"))

    def codebooks_for(self, taps: NDArray[np.float64]) -> tuple[PowerOfTwo]:
        return (PowerOfTwo(self.bits - 1),)

    def _by_rule(self, taps: NDArray[np.float64]) -> QuantizedWeights:
        (book,) = self.codebooks_for(taps)
        magnitudes = np.abs(taps)
        exponents = power_below(self._largest(magnitudes), sqrt(0.5)) - book.max_shift
        shifts = power_below(magnitudes, sqrt(0.5)) - exponents
        powers = np.int64(1) << np.clip(shifts, 0, book.max_shift)
        lost = (shifts < 0) if self.small == "zero" else (magnitudes == 0)
        levels = np.where(lost, 0, np.sign(taps).astype(np.int64) * powers)
        return QuantizedWeights(levels, exponents, book)
