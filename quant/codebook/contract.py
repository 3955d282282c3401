"""What a codebook is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Codebook", "IntArray", "Term", "finite"]

IntArray = NDArray[np.int64]


class Codebook(Protocol):
    """What a processing element and a quantizer may ask of a set of weight levels."""

    @property
    def name(self) -> str:
        """Spelling that :func:`quant.codebook.codebook_from_name` reads back."""

    @property
    def code_width(self) -> int:
        """Bits per stored weight."""

    @property
    def levels(self) -> IntArray:
        """Every level, ascending, as int64."""

    def encode(self, levels: IntArray) -> IntArray:
        """Codes of ``levels``; raises ValueError for a level that is not in the codebook."""

    def decode(self, codes: IntArray) -> IntArray:
        """Levels of ``codes``; raises ValueError for a code wider than ``code_width``."""

    def nearest(self, values: NDArray[np.float64]) -> IntArray:
        """Level nearest to each finite value; a tie goes to the smaller magnitude."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """What a weight's lanes multiply with, one lane a term."""

    def term_codes(self, codes: IntArray) -> IntArray:
        """Codes of a weight's terms, shape (..., number of terms).

        ``decode(codes) == sum over terms of term.codebook.decode(term_code) << term.offset``.
        """


@dataclass(frozen=True)
class Term:
    """One lane's part of a weight.

    Parameters
    ----------
    codebook : Codebook
        Of the lane, which has one term itself.
    offset : int
        Bits by which the lane's product is shifted further, the same for all weights.
    """

    codebook: Codebook
    offset: int


def finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values as float64; raises ValueError if one is NaN or infinite."""
    values = np.asarray(values, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError("Values must be finite, but NaN or infinity was found")
    return values
