"""Zero and powers of two, chosen so that the outputs have the least error."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import MAX_EXPONENT_WIDTH, PowerOfTwo
from quant.quantizers._fitted import FittedQuantizer

__all__ = ["Nearest"]


@dataclass(frozen=True, kw_only=True)
class Nearest(FittedQuantizer):
    """Levels of :class:`~quant.codebook.PowerOfTwo`; ours, and what the others are measured by.

    Parameters
    ----------
    bits : int
        Exponent width + 1, from 1 to 5.
    fit : {"outputs", "weights"}
        See :class:`~quant.quantizers._fitted.FittedQuantizer`.
    """

    kind: ClassVar[str] = "nearest"
    all_bits: ClassVar[range] = range(1, MAX_EXPONENT_WIDTH + 2)

    def codebooks_for(self, taps: NDArray[np.float64]) -> tuple[PowerOfTwo]:
        return (PowerOfTwo(self.bits - 1),)
