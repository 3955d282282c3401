"""Equal steps: what a multiplier takes, and the baseline."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import TwosComplement
from quant.quantizers._fitted import FittedQuantizer

__all__ = ["Uniform"]


@dataclass(frozen=True, kw_only=True)
class Uniform(FittedQuantizer):
    """Integers of two's complement, as :class:`~quant.codebook.TwosComplement` has them.

    Parameters
    ----------
    bits : int
        2 to 16.
    fit : {"outputs", "weights"}
        See :class:`~quant.quantizers._fitted.FittedQuantizer`.
    """

    kind: ClassVar[str] = "uniform"
    all_bits: ClassVar[range] = range(2, 17)

    def codebooks_for(self, taps: NDArray[np.float64]) -> tuple[TwosComplement]:
        return (TwosComplement(self.bits),)
