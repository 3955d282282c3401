"""Global sign-based network quantization: a range of powers of two for each sign."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import MAX_EXPONENT_WIDTH, UnequalRanges
from quant.quantizers import QuantizedWeights
from quant.quantizers._fitted import RuleQuantizer, power_below, squared_errors

__all__ = ["Gsnq"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Gsnq(RuleQuantizer):
    """Zero and powers of two of which one sign has one more: every code is a level.

    ``n1 = floor(log2(4 * s / 3))`` is the upper end of a sign's range, for the largest magnitude
    ``s`` of its weights, as in INQ; a weight takes the nearest level. Both ranges begin at the same
    power. Where one sign ends the scale one power away from where the other does, the one of lesser
    squared error counts. The layer's longer sign is the one of lesser squared error.

    Parameters
    ----------
    bits : int
        2 to 5.
    fit, scale : str
        See :class:`~quant.quantizers._fitted.RuleQuantizer`.

    Notes
    -----
    Of the paper only the abstract could be read: "different quantization ranges according to the
    sign of the weights", "larger quantization-value range". That zero takes one code, one sign
    2**(bits - 1) and the other one less, and how the ends follow from the weights, is our choice.

    References
    ----------
    Sui et al., A Hardware-Friendly Low-Bit Power-of-Two Quantization Method for CNNs and Its FPGA
    Implementation, Sensors 2022, 22(17), 6618. Its retraining of groups belongs to training.
    """

    kind: ClassVar[str] = "gsnq"
    all_bits: ClassVar[range] = range(2, MAX_EXPONENT_WIDTH + 2)

    def codebooks_for(self, taps: FloatArray) -> tuple[UnequalRanges, UnequalRanges]:
        return UnequalRanges(self.bits - 1, 1), UnequalRanges(self.bits - 1, -1)

    def _by_rule(self, taps: FloatArray) -> QuantizedWeights:
        found = [self._with(book, taps) for book in self.codebooks_for(taps)]
        return min(found, key=lambda made: squared_errors(taps, made.levels, made.exponents).sum())

    def _with(self, book: UnequalRanges, taps: FloatArray) -> QuantizedWeights:
        reach = 2**book.exponent_width - 1
        signed = taps * book.longer
        ends = [
            np.where(largest > 0, power_below(largest, 0.75) - last, np.iinfo(np.int64).min)
            for largest, last in (
                (self._largest(np.maximum(signed, 0)), reach),
                (self._largest(np.maximum(-signed, 0)), reach - 1),
            )
        ]
        # A sign without weights asks for nothing.
        highest = np.maximum(*ends)
        lowest = np.where(np.minimum(*ends) == np.iinfo(np.int64).min, highest, np.minimum(*ends))
        empty = highest == np.iinfo(np.int64).min
        choices = [np.where(empty, 0, some) for some in (highest, lowest)]
        levels = [book.nearest(np.ldexp(taps, -exponents)) for exponents in choices]
        errors = np.array(
            [squared_errors(taps, *pair) for pair in zip(levels, choices, strict=True)]
        )
        if self.scale == "layer":
            errors = np.broadcast_to(errors.sum(axis=1, keepdims=True), errors.shape)
        second = errors[1] < errors[0]
        return QuantizedWeights(
            np.where(second, levels[1], levels[0]), np.where(second, choices[1], choices[0]), book
        )
