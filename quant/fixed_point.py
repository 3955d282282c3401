"""Activation formats, the one rounding, saturation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MAX_ACT_WIDTH",
    "MIN_ACT_WIDTH",
    "ActFormat",
    "requantize",
    "round_quotient",
    "round_shift",
]

MIN_ACT_WIDTH = 2
MAX_ACT_WIDTH = 16

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class ActFormat:
    """Integers of ``width`` bits that stand for ``x * 2**-frac``.

    Parameters
    ----------
    width : int
        Bits, 2 to 16, the sign included.
    frac : int
        Fraction length; may be negative or exceed ``width``.
    signed : bool
        Two's complement if true.

    Examples
    --------
    >>> ActFormat(8, 4, signed=False).quantize([0.03125, 0.09375, 99.0]).tolist()
    [0, 2, 255]
    """

    width: int
    frac: int
    signed: bool

    def __post_init__(self) -> None:
        if not MIN_ACT_WIDTH <= self.width <= MAX_ACT_WIDTH:
            raise ValueError(
                f"Activation width must be from {MIN_ACT_WIDTH} to {MAX_ACT_WIDTH} bits, "
                f"not {self.width!r}"
            )

    @property
    def lo(self) -> int:
        """Smallest integer."""
        return -(2 ** (self.width - 1)) if self.signed else 0

    @property
    def hi(self) -> int:
        """Largest integer."""
        return 2 ** (self.width - 1) - 1 if self.signed else 2**self.width - 1

    @property
    def max_abs(self) -> int:
        """Largest magnitude of an integer."""
        return max(-self.lo, self.hi)

    @property
    def step(self) -> float:
        """Real value of the integer one."""
        return 2.0**-self.frac

    def quantize(self, values: NDArray[np.float64]) -> IntArray:
        """Nearest integers, half to even, saturated; raises ValueError for NaN."""
        values = np.asarray(values, dtype=np.float64)
        if np.isnan(values).any():
            raise ValueError("Activations must be numbers, but NaN was found")
        return np.clip(np.rint(np.ldexp(values, self.frac)), self.lo, self.hi).astype(np.int64)

    def dequantize(self, integers: IntArray) -> NDArray[np.float64]:
        """Real values of ``integers``."""
        return np.ldexp(np.asarray(integers, dtype=np.float64), -self.frac)


def round_shift(values: IntArray, shift: IntArray | int) -> IntArray:
    """``round_half_even(values * 2**-shift)`` in integers.

    Parameters
    ----------
    values : ndarray of int64
    shift : int or ndarray of int64, broadcast against ``values``
        A negative shift multiplies.

    Returns
    -------
    ndarray of int64
    """
    values = np.asarray(values, dtype=np.int64)
    shift = np.asarray(shift, dtype=np.int64)
    right = np.maximum(shift, 0)
    scaled = values << np.maximum(-shift, 0)
    # Half a step less its last bit, and that bit where the floor is odd: a tie then goes up if
    # that makes it even.
    half = (np.int64(1) << right) >> 1
    odd = (scaled >> right) & np.minimum(half, 1)
    return (scaled + np.maximum(half - 1, 0) + odd) >> right


def round_quotient(values: IntArray, divisor: IntArray) -> IntArray:
    """``round_half_even(values / divisor)`` in integers.

    Parameters
    ----------
    values : ndarray of int64
    divisor : ndarray of int64, at least 1, broadcast against ``values``

    Returns
    -------
    ndarray of int64
    """
    floor, rest = np.divmod(np.asarray(values, dtype=np.int64), divisor)
    up = (2 * rest > divisor) | ((2 * rest == divisor) & (floor & 1 == 1))
    return floor + up


def requantize(acc: IntArray, shift: IntArray | int, fmt: ActFormat) -> IntArray:
    """Accumulators to activations: ``clamp(round_half_even(acc * 2**-shift))``."""
    return np.clip(round_shift(acc, shift), fmt.lo, fmt.hi)
