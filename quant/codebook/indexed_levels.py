"""A few levels of a layer's own, told by their number."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from quant.codebook.contract import IntArray, Term
from quant.codebook.power_of_two import PowerOfTwo
from quant.codebook.table import TableCodebook
from quant.codebook.twos_complement import TwosComplement

__all__ = ["IndexedLevels"]

MAX_CODE_WIDTH = 8
MAX_LEVEL = 2**15
FEW_SHIFTS = 3


@dataclass(frozen=True)
class IndexedLevels(TableCodebook):
    """Levels of any size; a code is the number of an entry.

    A weight has one lane where every entry is zero or a power of two, two lanes where every entry
    is a sum or difference of two of them, else a multiplier.

    Parameters
    ----------
    entries : tuple of int
        2 to 256 different levels, ascending, no magnitude above 2**15. Codes beyond the last entry
        stand for it.

    Notes
    -----
    The per-layer codebook of CLIP-Q (Tung and Mori, CVPR 2018) on reconfigurable arrays, where an
    index of two bits chooses among registers of eight.

    Examples
    --------
    >>> IndexedLevels((-4, 0, 1, 16)).terms[0].codebook.name
    'power-of-two:2:0,2,4'
    >>> [term.codebook.name for term in IndexedLevels((-33, 0, 12, 29)).terms]
    ['twos-complement:7']
    """

    entries: tuple[int, ...]

    def __post_init__(self) -> None:
        entries = tuple(int(entry) for entry in self.entries)
        if not 2 <= len(entries) <= 2**MAX_CODE_WIDTH:
            raise ValueError(f"A codebook must have 2 to 256 entries, not {len(entries)}")
        if any(low >= high for low, high in pairwise(entries)):
            raise ValueError(f"Entries must ascend and differ, not {list(entries)}")
        if max(map(abs, entries)) > MAX_LEVEL:
            raise ValueError(f"Entries must lie from -{MAX_LEVEL} to {MAX_LEVEL}, not {entries}")
        object.__setattr__(self, "entries", entries)

    @property
    def name(self) -> str:
        """Spelling that :func:`quant.codebook.codebook_from_name` reads back."""
        return "indexed-levels:" + ",".join(map(str, self.entries))

    @classmethod
    def from_words(cls, entries: str) -> "IndexedLevels":
        """Codebook of the rest of a name."""
        return cls(tuple(map(int, entries.split(","))))

    @property
    def code_width(self) -> int:
        return (len(self.entries) - 1).bit_length()

    @cached_property
    def table(self) -> IntArray:
        idle = 2**self.code_width - len(self.entries)
        return np.array(self.entries + self.entries[-1:] * idle, dtype=np.int64)

    @cached_property
    def _parts(self) -> tuple[IntArray, ...]:
        """Powers of two that each code's level is the sum of; empty if two are not enough."""
        high, low = np.array([_two_powers(level) for level in self.table.tolist()]).T
        if (high + low != self.table).any():
            return ()
        return (high, low) if low.any() else (high,)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        if self._parts:
            return tuple(map(_term, self._parts))
        reach = max(self.entries[-1], ~self.entries[0])
        return (Term(TwosComplement(max(2, reach.bit_length() + 1)), 0),)

    def term_codes(self, codes: IntArray) -> IntArray:
        levels = self._parts or (self.table,)
        columns = [
            term.codebook.encode(level >> term.offset)
            for term, level in zip(self.terms, levels, strict=True)
        ]
        return np.stack(columns, axis=-1)[np.asarray(codes, dtype=np.int64)]


def _two_powers(level: int) -> tuple[int, int]:
    """The first two signed digits of a level, the larger one first; none are neighbours."""
    digits, place = [0, 0], 1
    while level:
        if level & 1:
            digit = 2 - (level & 3)
            digits = [digit * place, digits[0]]
            level -= digit
        level >>= 1
        place <<= 1
    return digits[0], digits[1]


def _term(parts: IntArray) -> Term:
    """The lane that has each of some powers of two: any three shifts, or all from the first on."""
    shifts = [int(part).bit_length() - 1 for part in np.unique(np.abs(parts)) if part]
    lowest, highest = min(shifts, default=0), max(shifts, default=0)
    if len(shifts) > FEW_SHIFTS:
        shifts = list(range(lowest, highest + 1))
    has_zero = bool((parts == 0).any())
    width = len(shifts).bit_length() if has_zero or len(shifts) > 1 else 0
    return Term(PowerOfTwo(width, tuple(shift - lowest for shift in shifts) or (0,)), lowest)
