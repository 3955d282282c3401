"""Nearest power-of-two level, with a power-of-two scale for each output channel."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import MAX_EXPONENT_WIDTH, PowerOfTwo
from quant.quantizers import Quantizer

__all__ = ["Nearest"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DAMPING = 0.01
MAX_SWEEPS = 30
N_SCALES = 12
N_TRIED = 3
ZERO_EXPONENT = -24


class Nearest(Quantizer):
    """Levels of :class:`~quant.codebook.PowerOfTwo` that minimize ``(w - q)' G (w - q)``.

    Parameters
    ----------
    bits : int
        Exponent width + 1, from 1 to 5.

    Notes
    -----
    Of twelve scales downwards from the largest weight of a channel, the three that round the
    weights with the least error, each weighted by its input's second moment, are tried: every
    weight starts at its nearest level, then one weight at a time moves to the level that is best
    given all others, until none moves. The scale with the smallest error stays. With ``G`` the
    identity this is rounding to the nearest level.

    ``G`` is damped by a hundredth of its mean diagonal, so that inputs that calibration never saw
    keep their weights. One bit has no zero level: a channel of zeros gets the scale ``2**-24``.
    """

    kind: ClassVar[str] = "nearest"

    def __init__(self, *, bits: int) -> None:
        if not isinstance(bits, int) or not 1 <= bits <= MAX_EXPONENT_WIDTH + 1:
            raise ValueError(
                f"Bits of scheme {self.kind} must be an integer from 1 to "
                f"{MAX_EXPONENT_WIDTH + 1}, not {bits!r}"
            )
        super().__init__(bits=bits)

    @property
    def codebook(self) -> PowerOfTwo:
        return PowerOfTwo(self.bits - 1)

    def _quantize(self, taps: FloatArray, gram: FloatArray) -> tuple[IntArray, IntArray]:
        moments = gram if gram.ndim == 1 else np.diag(gram)
        damping = DAMPING * moments.mean() or 1.0
        damped = gram + (damping if gram.ndim == 1 else damping * np.eye(len(gram)))
        k, channels = len(taps), np.arange(taps.shape[1])
        scales = self._scales(taps, moments + damping)
        scaled = np.ldexp(taps[:, None], -scales)
        levels = self._descend(scaled.reshape(k, -1), damped).reshape(scaled.shape)
        miss = np.ldexp(levels - scaled, scales)
        flat = miss.reshape(k, -1)
        pull = (damped @ flat if damped.ndim == 2 else damped[:, None] * flat).reshape(miss.shape)
        best = np.einsum("ksc,ksc->sc", miss, pull).argmin(axis=0)
        exponents = scales[best, channels]
        exponents[~taps.any(axis=0)] = 0 if self.bits > 1 else ZERO_EXPONENT
        return levels[:, best, channels], exponents

    def _scales(self, taps: FloatArray, moments: FloatArray) -> IntArray:
        """Exponents of the most promising scales, best first, shape (N_TRIED, c_out)."""
        largest = np.abs(taps).max(axis=0)
        top = np.frexp(largest)[1].astype(np.int64) - self.codebook.max_shift
        scales = top - np.arange(N_SCALES)[:, None]
        scaled = np.ldexp(taps, -scales[:, None])
        miss = np.ldexp(self.codebook.nearest(scaled) - scaled, scales[:, None])
        order = np.einsum("skc,k->sc", miss**2, moments).argsort(axis=0, kind="stable")
        return np.take_along_axis(scales, order[:N_TRIED], axis=0)

    def _descend(self, scaled: FloatArray, gram: FloatArray) -> IntArray:
        """Levels near ``scaled`` that no change of a single weight improves."""
        codebook = self.codebook
        levels = codebook.nearest(scaled)
        if gram.ndim == 1:
            return levels
        for _ in range(MAX_SWEEPS):
            pull = (scaled - levels).T @ gram
            any_moved = False
            for tap in range(len(gram)):
                wanted = levels[tap] + pull[:, tap] / gram[tap, tap]
                step = codebook.nearest(wanted) - levels[tap]
                moved = step.nonzero()[0]
                if moved.size:
                    any_moved = True
                    levels[tap] += step
                    pull[moved] -= step[moved, None] * gram[tap]
            if not any_moved:
                break
        return levels
