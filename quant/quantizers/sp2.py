"""Sums of two powers of two."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook, sp2
from quant.quantizers._fitted import FittedQuantizer

__all__ = ["Sp2"]


@dataclass(frozen=True, kw_only=True)
class Sp2(FittedQuantizer):
    """Levels of :func:`quant.codebook.sp2`: two powers whose largest are equal.

    The paper gives some rows of a layer to it and others to integers; here all rows are its. The
    scale is a power of two found by search.

    Parameters
    ----------
    bits : int
        2 to 6; one term at 2, two above.
    fit : {"outputs", "weights"}
        See :class:`~quant.quantizers._fitted.FittedQuantizer`.

    References
    ----------
    Chang et al., Mix and Match: A Novel FPGA-Centric Deep Neural Network Quantization Framework,
    HPCA 2021 (arXiv 2012.04240).
    """

    kind: ClassVar[str] = "sp2"
    all_bits: ClassVar[range] = range(2, 7)

    def codebooks_for(self, taps: NDArray[np.float64]) -> tuple[Codebook]:
        return (sp2(self.bits),)
