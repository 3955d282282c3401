"""Sign and exponent: the codebook of a shift."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from quant.codebook.contract import IntArray, Term, finite
from quant.codebook.table import TableCodebook

__all__ = ["MAX_EXPONENT_WIDTH", "PowerOfTwo"]

MAX_EXPONENT_WIDTH = 4
MAX_SHIFT = 15


@dataclass(frozen=True)
class PowerOfTwo(TableCodebook):
    """Sign and exponent: a weight is zero or plus or minus a power of two.

    A code is ``{sign, field}``: the sign is the most significant bit and ``field`` has
    ``exponent_width`` bits. ``field == 0`` stands for zero (under either sign), ``field == f`` for
    ``±2**shifts[f - 1]``. At width 0 there is no field and the two levels are ±1.

    Parameters
    ----------
    exponent_width : int
        Bits of the field, 0 to 4. Width 2 is {0, ±1, ±2, ±4}.
    chosen_shifts : tuple of int, optional
        Other shifts than 0, 1, 2, ... for the fields from 1 up: ascending, from 0 to 15, and no
        more than there are fields; the width may be 5, then. A field without a shift stands for
        what the last one does.

    Notes
    -----
    Width ``n - 1`` has the ``r = 2**(n-1) - 1`` exponents of n-BQ-NN (Chen et al., IEEE TNNLS 2021,
    eq. 4), scaled to integers by ``2**(r-1)``.

    Examples
    --------
    >>> PowerOfTwo(2).levels.tolist()
    [-4, -2, -1, 0, 1, 2, 4]
    >>> PowerOfTwo(2).encode([-4, 0, 1]).tolist()
    [7, 0, 1]
    >>> PowerOfTwo(2, (0, 2, 4)).levels.tolist()
    [-16, -4, -1, 0, 1, 4, 16]
    """

    exponent_width: int
    chosen_shifts: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        widest = MAX_EXPONENT_WIDTH + (self.chosen_shifts is not None)
        if not isinstance(self.exponent_width, int) or not 0 <= self.exponent_width <= widest:
            raise ValueError(
                f"Exponent width must be an integer from 0 to {widest}, not {self.exponent_width!r}"
            )
        if self.chosen_shifts is None:
            return
        shifts = tuple(self.chosen_shifts)
        ascend = all(low < high for low, high in pairwise(shifts))
        if not shifts or not ascend or not 0 <= shifts[0] <= shifts[-1] <= MAX_SHIFT:
            raise ValueError(f"Shifts must ascend and lie from 0 to {MAX_SHIFT}, not {shifts}")
        n_fields = max(1, 2**self.exponent_width - 1)
        if len(shifts) > n_fields:
            raise ValueError(
                f"{len(shifts)} shifts do not fit in the {n_fields} fields of exponent width "
                f"{self.exponent_width}"
            )
        every = self.exponent_width <= MAX_EXPONENT_WIDTH and shifts == tuple(range(n_fields))
        object.__setattr__(self, "chosen_shifts", None if every else shifts)

    @property
    def name(self) -> str:
        """Spelling that :func:`quant.codebook.codebook_from_name` reads back."""
        return ":".join(["power-of-two", str(self.exponent_width), *self._chosen_name()])

    def _chosen_name(self) -> list[str]:
        chosen = self.chosen_shifts
        return [] if chosen is None else [",".join(map(str, chosen))]

    @classmethod
    def from_words(cls, width: str, shifts: str | None = None) -> "PowerOfTwo":
        """Codebook of the rest of a name."""
        chosen = None if shifts is None else tuple(map(int, shifts.split(",")))
        return cls(int(width), chosen)

    @property
    def code_width(self) -> int:
        return 1 + self.exponent_width

    @property
    def sign_bit(self) -> int:
        """Index of the sign within a code."""
        return self.exponent_width

    @cached_property
    def shifts(self) -> tuple[int, ...]:
        """Every shift, ascending; that of field 1 first."""
        return self.chosen_shifts or tuple(range(max(1, 2**self.exponent_width - 1)))

    @property
    def every_shift(self) -> bool:
        """Whether the fields stand for 0, 1, 2, ... without exception."""
        return self.chosen_shifts is None

    @property
    def successive(self) -> bool:
        """Whether the shifts are 0, 1, 2, ..., perhaps fewer than there are fields."""
        return self.shifts == tuple(range(len(self.shifts)))

    @property
    def n_shifts(self) -> int:
        """Number of different shifts."""
        return len(self.shifts)

    @property
    def max_shift(self) -> int:
        """Largest shift of a lane, in bits."""
        return self.shifts[-1]

    def field_of_shift(self, shift: int) -> int:
        """Exponent field that asks for ``shift``."""
        return self.shifts.index(shift) + 1 if self.exponent_width else 0

    @cached_property
    def table(self) -> IntArray:
        codes = np.arange(2**self.code_width, dtype=np.int64)
        field = codes & (2**self.exponent_width - 1)
        shifts = np.array(self.shifts, dtype=np.int64)
        magnitude = np.int64(1) << shifts[np.clip(field - 1, 0, len(shifts) - 1)]
        if self.exponent_width:
            magnitude = np.where(field == 0, 0, magnitude)
        return np.where(codes >> self.sign_bit & 1, -magnitude, magnitude)

    @property
    def terms(self) -> tuple[Term, ...]:
        return (Term(self, 0),)

    def term_codes(self, codes: IntArray) -> IntArray:
        return np.asarray(codes, dtype=np.int64)[..., None]

    def widened(self, codes: IntArray, exponent_width: int) -> IntArray:
        """Codes of the same levels in a codebook of every shift and a width no less than this one.

        The field stays and the sign moves up, so hardware of one width takes weights of any
        smaller one. Without a field, ±1 become shift 0.

        Raises
        ------
        ValueError
            If the codebook is narrower, or a code does not fit this one.

        Examples
        --------
        >>> PowerOfTwo(2).widened([7, 0, 1], 3).tolist()
        [11, 0, 1]
        """
        if exponent_width < self.exponent_width:
            raise ValueError(
                f"Codes of exponent width {self.exponent_width} do not fit in {exponent_width}"
            )
        wide = PowerOfTwo(exponent_width)
        self.decode(codes)
        codes = np.asarray(codes, dtype=np.int64)
        field = codes & (2**self.exponent_width - 1)
        if not self.exponent_width:
            field = np.full_like(codes, wide.field_of_shift(0))
        return (codes >> self.sign_bit) << wide.sign_bit | field

    def nearest(self, values: NDArray[np.float64]) -> IntArray:
        """Level nearest to each value; a tie goes to the smaller magnitude.

        Parameters
        ----------
        values : ndarray of float64, any shape

        Returns
        -------
        ndarray of int64, the same shape

        Raises
        ------
        ValueError
            If a value is NaN or infinite.
        """
        if not self.every_shift:
            return super().nearest(values)
        # The exponent is read off the number: many times as fast as a search.
        values = finite(values)
        part, exponent = np.frexp(values)
        # Three quarters of a power of two lie in the middle between its half and itself.
        shift = np.minimum(exponent - 1 + (np.abs(part) > 0.75), self.max_shift)
        magnitude = np.int64(1) << np.maximum(shift, 0).astype(np.int64)
        if self.exponent_width:
            magnitude *= np.abs(values) > 0.5
        return np.where(values < 0, -magnitude, magnitude)
