"""n-BQ-NN: powers of two between thresholds."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import MAX_EXPONENT_WIDTH, PowerOfTwo
from quant.quantizers import QuantizedWeights
from quant.quantizers._fitted import RuleQuantizer, nearest_power
from quant.quantizers._level_search import ZERO_EXPONENT

__all__ = ["NBqNn"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

PUBLISHED = (0.02, 0.07, 0.14)
PUBLISHED_BITS = 3
N_GRID = 32
N_TOPS = 5
CLOSE = 1e-4


@dataclass(frozen=True, kw_only=True)
class NBqNn(RuleQuantizer):
    """``staircase(w) = sign(w) * 2**-i`` where ``D[i + 1] <= abs(w) < D[i]``, for ``i`` from 0 to
    ``r - 1``, and 0 below ``D[r]``, with ``r = 2**(bits - 1) - 1``; one bit is the sign alone.

    Parameters
    ----------
    bits : int
        1 to 5.
    thresholds : {"moments", "published"}
        How the ``D`` follow from the weights, see the notes. "published" is of 3 bits only.
    fit, scale : str
        See :class:`~quant.quantizers._fitted.RuleQuantizer`.

    Notes
    -----
    The paper clips weights to ±1, has no scale, and lets batch normalization make up for it; of the
    thresholds it says that mean and variance of the quantized weights shall be those of the
    original (eq. 18), not how. Ours, "moments": weights are divided by the power of two above the
    largest one; all but the last of the ``D[i]`` are ``c * 2**(top - i)``, the last one is
    ``z * 2**(top - r + 1)``; of five ``top`` and a grid of ``c`` from 1/2 to 1 and ``z`` up to 1,
    those count whose mean magnitude and whose power are closest to the weights', by the sum of
    the two squared relative deviations; of all below 1e-4 those with the least squared error. What
    is beyond ``2**top`` is clipped.

    "published" are the constants of the authors' program: with ``m`` the largest magnitude, zero
    below 0.02 m, and the three powers from 0.02 m, 0.07 m and 0.14 m up. They say nothing of a
    scale, which is the power of two of least squared error.

    References
    ----------
    Chen, Liu, Liu, Zeng: A Learning Framework for n-bit Quantized Neural Networks toward FPGAs,
    IEEE TNNLS 2021 (arXiv 2004.02396), eq. 4, 5 and 18.
    """

    kind: ClassVar[str] = "n-bq-nn"
    all_bits: ClassVar[range] = range(1, MAX_EXPONENT_WIDTH + 2)

    thresholds: str = "moments"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_choice("thresholds", ("moments", "published"))
        if self.thresholds == "published" and self.bits != PUBLISHED_BITS:
            raise ValueError(
                f"Published thresholds of scheme {self.kind} are of {PUBLISHED_BITS} bits, "
                f"not {self.bits}"
            )

    def codebooks_for(self, taps: FloatArray) -> tuple[PowerOfTwo]:
        return (PowerOfTwo(self.bits - 1),)

    def _by_rule(self, taps: FloatArray) -> QuantizedWeights:
        (book,) = self.codebooks_for(taps)
        largest = self._largest(np.abs(taps))
        signs = np.where(taps < 0, -1, 1)
        if self.thresholds == "published":
            steps = np.digitize(np.abs(taps) / np.where(largest, largest, 1), PUBLISHED)
            levels = signs * np.array([0, 1, 2, 4])[steps]
            return QuantizedWeights(levels, nearest_power(taps, levels), book)
        above = np.frexp(largest)[1].astype(np.int64)
        magnitudes = np.ldexp(np.abs(taps), -above)
        top, limits = _matched(magnitudes, book)
        steps = np.searchsorted(limits, magnitudes, side="right")
        levels = signs * np.unique(np.abs(book.levels))[steps]
        exponents = above + top - book.max_shift
        if not book.exponent_width:
            exponents = np.where(taps.any(axis=0), exponents, ZERO_EXPONENT)
        return QuantizedWeights(levels, exponents, book)


def _matched(magnitudes: FloatArray, book: PowerOfTwo) -> tuple[int, FloatArray]:
    """The upper end's exponent, and thresholds ascending, one fewer than magnitudes of levels.

    Every sum over the weights between two thresholds is a difference of running sums.
    """
    ordered = np.sort(magnitudes, axis=None)
    running = np.append(0, ordered.cumsum())
    units = 2.0 ** -np.arange(N_TOPS)[:, None, None, None]
    levels = units * np.unique(np.abs(book.levels)) / 2.0**book.max_shift
    limits = units * _relative_limits(book)
    ends = np.searchsorted(ordered, limits)
    counts = np.diff(ends, prepend=0, append=len(ordered))
    sums = np.diff(running[ends], prepend=0, append=running[-1])
    mean = (counts * levels).sum(axis=-1)
    power = (counts * levels**2).sum(axis=-1)
    deviation = (mean / running[-1] - 1) ** 2 + (power / (ordered**2).sum() - 1) ** 2
    error = power - 2 * (sums * levels).sum(axis=-1)
    close = deviation <= max(CLOSE, deviation.min())
    best = np.unravel_index(np.where(close, error, np.inf).argmin(), error.shape)
    return -int(best[0]), limits[best]


def _relative_limits(book: PowerOfTwo) -> FloatArray:
    """Thresholds in units of the highest level for every ``c`` and ``z``, shape (1, c, z, ...)."""
    n_limits = len(np.unique(np.abs(book.levels))) - 1
    grid = np.arange(1, N_GRID + 1) / N_GRID
    c, z = (1 + grid[:, None, None]) / 2, grid[:, None]
    powers = 2.0 ** np.arange(1 - n_limits, 1)
    if not n_limits:
        return np.zeros((1, 1, 1, 0))
    shape = (N_GRID, N_GRID, 1)
    lowest = np.broadcast_to(z * powers[0], shape)
    others = np.broadcast_to(c * powers[1:], (*shape[:2], n_limits - 1))
    return np.concatenate([lowest, others], axis=-1)[None]
