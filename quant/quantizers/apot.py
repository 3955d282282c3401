"""Additive powers of two."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook, apot
from quant.quantizers._fitted import FittedQuantizer

__all__ = ["Apot"]


@dataclass(frozen=True, kw_only=True)
class Apot(FittedQuantizer):
    """Levels of :func:`quant.codebook.apot`: sums of two powers from interleaved sets.

    The paper learns the scale in training; here it is a power of two found by search, so that no
    multiplier is needed.

    Parameters
    ----------
    bits : int
        2 to 5; one term up to 3, two above.
    fit : {"outputs", "weights"}
        See :class:`~quant.quantizers._fitted.FittedQuantizer`.

    References
    ----------
    Li, Dong, Wang: Additive Powers-of-Two Quantization, ICLR 2020 (arXiv 1909.13144).
    """

    kind: ClassVar[str] = "apot"
    all_bits: ClassVar[range] = range(2, 6)

    def codebooks_for(self, taps: NDArray[np.float64]) -> tuple[Codebook]:
        return (apot(self.bits),)
