"""Every integer of a width: what a multiplier takes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from quant.codebook.contract import IntArray, Term, finite

__all__ = ["TwosComplement"]


@dataclass(frozen=True)
class TwosComplement:
    """Every integer of ``code_width`` bits: what a multiplier takes, and the baseline.

    Parameters
    ----------
    code_width : int
        Bits of a weight, 2 to 16.
    """

    code_width: int

    def __post_init__(self) -> None:
        if not isinstance(self.code_width, int) or not 2 <= self.code_width <= 16:
            raise ValueError(f"Code width must be an integer from 2 to 16, not {self.code_width!r}")

    @property
    def name(self) -> str:
        """Spelling that :func:`quant.codebook.codebook_from_name` reads back."""
        return f"twos-complement:{self.code_width}"

    @classmethod
    def from_words(cls, width: str) -> "TwosComplement":
        """Codebook of the rest of a name."""
        return cls(int(width))

    @cached_property
    def levels(self) -> IntArray:
        half = 2 ** (self.code_width - 1)
        return np.arange(-half, half, dtype=np.int64)

    def decode(self, codes: IntArray) -> IntArray:
        codes = np.asarray(codes, dtype=np.int64)
        if codes.size and (codes.min() < 0 or codes.max() >= 2**self.code_width):
            raise ValueError(f"Codes must fit in {self.code_width} bits")
        half = 2 ** (self.code_width - 1)
        return (codes + half) % (2 * half) - half

    def encode(self, levels: IntArray) -> IntArray:
        levels = np.asarray(levels, dtype=np.int64)
        half = 2 ** (self.code_width - 1)
        if levels.size and (levels.min() < -half or levels.max() >= half):
            raise ValueError(f"Levels must lie from {-half} to {half - 1}")
        return levels % (2 * half)

    def nearest(self, values: NDArray[np.float64]) -> IntArray:
        """Integer nearest to each value, saturated; a tie goes to the smaller magnitude."""
        values = finite(values)
        whole = np.copysign(np.ceil(np.abs(values) - 0.5), values)
        return np.clip(whole, self.levels[0], self.levels[-1]).astype(np.int64)

    @property
    def terms(self) -> tuple[Term, ...]:
        return (Term(self, 0),)

    def term_codes(self, codes: IntArray) -> IntArray:
        return np.asarray(codes, dtype=np.int64)[..., None]
