"""Fixed point with the fraction length that has the least error, for weights and biases."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import TwosComplement
from quant.quantizers import QuantizedWeights, Quantizer
from quant.quantizers._level_search import top_exponents

__all__ = ["FractionLength"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAX_BIAS_BITS = 16


@dataclass(frozen=True, kw_only=True)
class FractionLength(Quantizer):
    """``clip(round(w * 2**f)) * 2**-f`` with one fraction length ``f`` for a layer's weights, and
    another for its biases, each with the least ``sum((w - q)**2)``.

    Of the lengths from the one that clips nothing up, as many as there are bits are tried; of equal
    errors the shorter wins.

    Parameters
    ----------
    bits : int
        2 to 16.
    bias_bits : int
        Bits of a bias, 2 to 16. The paper's figures could not be read; 8 is our choice.

    References
    ----------
    Kim et al., Convolutional Neural Network Quantization using Generalized Gamma Distribution,
    arXiv 1810.13329: "optimal fraction length" of weights and biases.
    """

    kind: ClassVar[str] = "fraction-length"
    all_bits: ClassVar[range] = range(2, 17)

    bias_bits: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.bias_bits, int) or not 2 <= self.bias_bits <= MAX_BIAS_BITS:
            raise ValueError(
                f"Option bias_bits of scheme {self.kind} must be an integer from 2 to "
                f"{MAX_BIAS_BITS}, not {self.bias_bits!r}"
            )

    def _quantize(self, taps: FloatArray, grams: FloatArray) -> QuantizedWeights:
        book = TwosComplement(self.bits)
        levels, exponent = _best(taps, book)
        return QuantizedWeights(levels, np.full(taps.shape[1], exponent), book)

    def rounded_bias(self, bias: FloatArray) -> FloatArray:
        levels, exponent = _best(bias, TwosComplement(self.bias_bits))
        return np.ldexp(levels.astype(np.float64), exponent)


def _best(values: FloatArray, book: TwosComplement) -> tuple[IntArray, int]:
    """Levels, and the exponent of their unit."""
    # At the exponent of the top the largest weight has at least half the largest level.
    top = int(top_exponents(np.abs(values).max(), book))
    found = []
    for exponent in range(top, top - book.code_width, -1):
        levels = book.nearest(np.ldexp(values, -exponent))
        error = np.sum((np.ldexp(levels.astype(np.float64), exponent) - values) ** 2)
        found.append((float(error), levels, exponent))
    _, levels, exponent = min(found, key=lambda result: result[0])
    return levels, exponent if values.any() else 0
