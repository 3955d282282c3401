"""A range of powers of two for each sign."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant.codebook.contract import IntArray, Term
from quant.codebook.power_of_two import MAX_EXPONENT_WIDTH, PowerOfTwo
from quant.codebook.table import TableCodebook

__all__ = ["UnequalRanges"]


@dataclass(frozen=True)
class UnequalRanges(TableCodebook):
    """Powers of two of which one sign reaches one shift further: all codes are levels.

    The codes are those of :class:`PowerOfTwo`, but what would be minus zero is the longer range's
    last level, ``±2**(2**exponent_width - 1)``.

    Parameters
    ----------
    exponent_width : int
        Bits of the field, 1 to 4. Width 2 is {0, ±1, ±2, ±4} and 8 or -8.
    longer : {1, -1}
        Sign of the longer range.

    Notes
    -----
    GSNQ (Sui et al., 2022) has "different quantization ranges according to the sign";
    how its codes are shared out is not published. This is the only way that leaves no code idle
    and the ranges as equal as can be.

    Examples
    --------
    >>> UnequalRanges(2, -1).levels.tolist()
    [-8, -4, -2, -1, 0, 1, 2, 4]
    """

    exponent_width: int
    longer: int

    def __post_init__(self) -> None:
        widths = range(1, MAX_EXPONENT_WIDTH + 1)
        if not isinstance(self.exponent_width, int) or self.exponent_width not in widths:
            raise ValueError(
                f"Exponent width must be an integer from 1 to {MAX_EXPONENT_WIDTH}, "
                f"not {self.exponent_width!r}"
            )
        if self.longer not in (1, -1):
            raise ValueError(f"The longer range's sign must be 1 or -1, not {self.longer!r}")

    @property
    def name(self) -> str:
        """Spelling that :func:`quant.codebook.codebook_from_name` reads back."""
        return f"unequal-ranges:{self.exponent_width}:{'+' if self.longer > 0 else '-'}"

    @classmethod
    def from_words(cls, width: str, longer: str) -> "UnequalRanges":
        """Codebook of the rest of a name."""
        return cls(int(width), {"+": 1, "-": -1}[longer])

    @property
    def code_width(self) -> int:
        return 1 + self.exponent_width

    @property
    def _minus_zero(self) -> int:
        return 1 << self.exponent_width

    @cached_property
    def table(self) -> IntArray:
        levels = PowerOfTwo(self.exponent_width).table.copy()
        levels[self._minus_zero] = self.longer * 2 ** (2**self.exponent_width - 1)
        return levels

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        return (Term(PowerOfTwo(self.exponent_width + 1, tuple(range(2**self.exponent_width))), 0),)

    def term_codes(self, codes: IntArray) -> IntArray:
        codes = np.asarray(codes, dtype=np.int64)
        # The field of the last shift has one bit more than the others: the sign's old place.
        sign, field = codes >> self.exponent_width, codes & (self._minus_zero - 1)
        last = codes == self._minus_zero
        sign = np.where(last, self.longer < 0, sign)
        field = np.where(last, self._minus_zero, field)
        return (sign << (self.exponent_width + 1) | field)[..., None]
