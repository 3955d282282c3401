"""Sums of two powers of two."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant.codebook.contract import IntArray, Term
from quant.codebook.power_of_two import MAX_SHIFT, PowerOfTwo
from quant.codebook.table import TableCodebook

__all__ = ["TwoTerm", "apot", "shift_cnn", "sp2"]


@dataclass(frozen=True)
class TwoTerm(TableCodebook):
    """A weight is the sum of two terms, each zero or a power of two from a set of its own.

    A code is ``{sign, second field, first field}`` where both terms have one sign, else ``{second
    sign, second field, first sign, first field}``. A field is 0 for zero and ``f`` for the shift
    ``f - 1`` of its set: what lanes take as it is.

    Parameters
    ----------
    first, second : tuple of int
        Shifts of each term, ascending, from 0 to 15.
    shared_sign : bool
        Whether both terms have the same sign.

    Examples
    --------
    >>> TwoTerm((0, 1), (3,)).levels.tolist()
    [-10, -9, -8, -2, -1, 0, 1, 2, 8, 9, 10]
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    shared_sign: bool = True

    def __post_init__(self) -> None:
        for shifts in (self.first, self.second):
            _term(shifts)

    @property
    def name(self) -> str:
        """Spelling that :func:`quant.codebook.codebook_from_name` reads back."""
        sets = "+".join(",".join(map(str, shifts)) for shifts in (self.first, self.second))
        return f"two-term:{sets}:{'shared' if self.shared_sign else 'own'}"

    @classmethod
    def from_words(cls, sets: str, sign: str) -> "TwoTerm":
        """Codebook of the rest of a name."""
        first, second = (tuple(map(int, shifts.split(","))) for shifts in sets.split("+"))
        return cls(first, second, {"shared": True, "own": False}[sign])

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        return tuple(map(_term, (self.first, self.second)))

    @cached_property
    def _field_widths(self) -> tuple[int, int]:
        first, second = (len(shifts).bit_length() for shifts in (self.first, self.second))
        return first, second

    @property
    def code_width(self) -> int:
        return sum(self._field_widths) + (1 if self.shared_sign else 2)

    def term_codes(self, codes: IntArray) -> IntArray:
        codes = np.asarray(codes, dtype=np.int64)
        first, second = self._field_widths
        if not self.shared_sign:
            low = codes & (2 ** (first + 1) - 1)
            return np.stack([low, codes >> (first + 1)], axis=-1)
        sign = codes >> (first + second)
        fields = codes & (2**first - 1), codes >> first & (2**second - 1)
        return np.stack(
            [
                sign << width | field
                for field, width in zip(fields, self._field_widths, strict=True)
            ],
            axis=-1,
        )

    @cached_property
    def table(self) -> IntArray:
        parts = self.term_codes(np.arange(2**self.code_width))
        levels = [
            term.codebook.decode(parts[..., n]) << term.offset for n, term in enumerate(self.terms)
        ]
        return np.sum(levels, axis=0)


def _term(shifts: tuple[int, ...]) -> Term:
    """The lane of a term; its lowest shift is the same for all weights."""
    if not shifts or not 0 <= min(shifts) <= max(shifts) <= MAX_SHIFT:
        raise ValueError(f"Shifts must ascend and lie from 0 to {MAX_SHIFT}, not {shifts}")
    width, lowest = len(shifts).bit_length(), min(shifts)
    return Term(PowerOfTwo(width, tuple(shift - lowest for shift in shifts)), lowest)


def apot(bits: int) -> PowerOfTwo | TwoTerm:
    """Additive powers of two (Li et al., ICLR 2020), weights of ``bits`` bits, sign included.

    Terms of two bits each have every other power, interleaved; an odd bit is a term of one.

    Raises
    ------
    ValueError
        If there is no such width; it goes from 2 to 5.
    """
    match bits:
        case 2 | 3:
            return PowerOfTwo(bits - 1)
        case 4:
            return TwoTerm((0, 2, 3), (1,))
        case 5:
            return TwoTerm((0, 2, 4), (1, 3, 5))
    raise ValueError(f"Bits of APoT must be an integer from 2 to 5, not {bits!r}")


def sp2(bits: int) -> PowerOfTwo | TwoTerm:
    """Sums of two powers of two (MSQ: Chang et al., HPCA 2021), weights of ``bits`` bits.

    ``bits - 1`` bits of magnitude are shared out between two terms whose largest powers are equal,
    the first one getting the odd bit.

    Raises
    ------
    ValueError
        If there is no such width; it goes from 2 to 6.
    """
    if not isinstance(bits, int) or not 2 <= bits <= 6:
        raise ValueError(f"Bits of SP2 must be an integer from 2 to 6, not {bits!r}")
    second = (bits - 1) // 2
    first = bits - 1 - second
    top = 2**first - 1
    if not second:
        return PowerOfTwo(first)
    return TwoTerm(tuple(range(top)), tuple(range(top - 2**second + 1, top)))


def shift_cnn(term_bits: int) -> TwoTerm:
    """ShiftCNN (Gudovskiy and Rigazio, 2017) with two terms of ``term_bits`` bits, each signed.

    Both reach over ``2**(term_bits - 1) - 1`` powers, the second one's half as large.

    Raises
    ------
    ValueError
        If there is no such width; it goes from 2 to 4.
    """
    if not isinstance(term_bits, int) or not 2 <= term_bits <= 4:
        raise ValueError(f"Bits of a term must be an integer from 2 to 4, not {term_bits!r}")
    reach = 2 ** (term_bits - 1) - 1
    return TwoTerm(tuple(range(1, reach + 1)), tuple(range(reach)), shared_sign=False)
