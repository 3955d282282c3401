"""Code to level and back: the only place that knows a weight's bit pattern."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Codebook", "PowerOfTwo", "TwosComplement", "codebook_from_name"]

MAX_EXPONENT_WIDTH = 4

IntArray = NDArray[np.int64]


class Codebook(Protocol):
    """What a processing element and a quantizer may ask of a set of weight levels."""

    @property
    def name(self) -> str:
        """Spelling that :func:`codebook_from_name` reads back."""

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


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    values = np.asarray(values, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError("Values must be finite, but NaN or infinity was found")
    return values


@dataclass(frozen=True)
class PowerOfTwo:
    """Sign and exponent: a weight is zero or plus or minus a power of two.

    A code is ``{sign, field}``: the sign is the most significant bit and ``field`` has
    ``exponent_width`` bits. ``field == 0`` stands for zero (under either sign), ``field == f`` for
    ``±2**(f - 1)``. At width 0 there is no field and the two levels are ±1.

    Parameters
    ----------
    exponent_width : int
        Bits of the field, 0 to 4. Width 2 is {0, ±1, ±2, ±4}.

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
    """

    exponent_width: int

    def __post_init__(self) -> None:
        if not isinstance(self.exponent_width, int) or not (
            0 <= self.exponent_width <= MAX_EXPONENT_WIDTH
        ):
            raise ValueError(
                f"Exponent width must be an integer from 0 to {MAX_EXPONENT_WIDTH}, "
                f"not {self.exponent_width!r}"
            )

    @property
    def name(self) -> str:
        return f"power-of-two:{self.exponent_width}"

    @property
    def code_width(self) -> int:
        return 1 + self.exponent_width

    @property
    def sign_bit(self) -> int:
        """Index of the sign within a code."""
        return self.exponent_width

    @property
    def n_shifts(self) -> int:
        """Number of different shifts."""
        return max(1, 2**self.exponent_width - 1)

    @property
    def max_shift(self) -> int:
        """Largest shift of a lane, in bits."""
        return self.n_shifts - 1

    def field_of_shift(self, shift: int) -> int:
        """Exponent field that asks for ``shift``."""
        return shift + 1 if self.exponent_width else 0

    @cached_property
    def levels(self) -> IntArray:
        magnitudes = 2 ** np.arange(self.n_shifts, dtype=np.int64)
        zero = [0] if self.exponent_width else []
        return np.concatenate([-magnitudes[::-1], np.array(zero, np.int64), magnitudes])

    @cached_property
    def _decode_table(self) -> IntArray:
        codes = np.arange(2**self.code_width, dtype=np.int64)
        field = codes & (2**self.exponent_width - 1)
        magnitude = (
            np.where(field == 0, 0, 2 ** np.maximum(field - 1, 0))
            if self.exponent_width
            else np.ones_like(codes)
        )
        return np.where(codes >> self.sign_bit & 1, -magnitude, magnitude)

    def decode(self, codes: IntArray) -> IntArray:
        codes = np.asarray(codes, dtype=np.int64)
        if codes.size and (codes.min() < 0 or codes.max() >= 2**self.code_width):
            raise ValueError(f"Codes must fit in {self.code_width} bits")
        return self._decode_table[codes]

    def encode(self, levels: IntArray) -> IntArray:
        levels = np.asarray(levels, dtype=np.int64)
        foreign = ~np.isin(levels, self.levels)
        if foreign.any():
            raise ValueError(
                f"Level {levels[foreign].flat[0]} is not in the codebook {self.levels.tolist()}"
            )
        magnitude = np.abs(levels)
        field = np.frexp(magnitude.astype(np.float64))[1].astype(np.int64)
        if not self.exponent_width:
            field = np.zeros_like(field)
        return (levels < 0).astype(np.int64) << self.sign_bit | field

    def widened(self, codes: IntArray, exponent_width: int) -> IntArray:
        """Codes of the same levels in a codebook of a width no less than this one.

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
        values = _finite(values)
        part, exponent = np.frexp(values)
        # Three quarters of a power of two lie in the middle between its half and itself.
        shift = np.minimum(exponent - 1 + (np.abs(part) > 0.75), self.max_shift)
        magnitude = np.int64(1) << np.maximum(shift, 0).astype(np.int64)
        if self.exponent_width:
            magnitude *= np.abs(values) > 0.5
        return np.where(values < 0, -magnitude, magnitude)


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
        return f"twos-complement:{self.code_width}"

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
        values = _finite(values)
        whole = np.copysign(np.ceil(np.abs(values) - 0.5), values)
        return np.clip(whole, self.levels[0], self.levels[-1]).astype(np.int64)


_FAMILIES: dict[str, Callable[[int], PowerOfTwo | TwosComplement]] = {
    "power-of-two": PowerOfTwo,
    "twos-complement": TwosComplement,
}


def codebook_from_name(name: str) -> PowerOfTwo | TwosComplement:
    """Codebook whose ``name`` this is; raises ValueError if there is none."""
    family, _, width = name.partition(":")
    if family not in _FAMILIES or not width.isdecimal():
        raise ValueError(f"Codebook {name!r} is not known; known are {', '.join(_FAMILIES)}")
    return _FAMILIES[family](int(width))
