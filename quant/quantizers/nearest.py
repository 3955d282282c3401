"""Nearest power-of-two level, with a power-of-two scale for each output channel."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import MAX_EXPONENT_WIDTH, PowerOfTwo
from quant.quantizers import Quantizer

__all__ = ["Nearest"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BLOCK = 32
DAMPING = 0.01
LARGE, LARGE_SWEEPS, SWEEPS = 1024, 12, 30
MAX_VALUES = 2**24
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
    given all others, until none moves, thirty times around at most, or twelve where a channel has
    more than 1024 weights. The scale with the smallest error stays. With ``G`` the identity this is
    rounding to the nearest level.

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
        # Channels know nothing of each other: as many at once as fit well into memory.
        n = max(1, MAX_VALUES // (N_SCALES * len(taps)))
        parts = [
            self._quantize_channels(taps[:, at : at + n], moments + damping, damped)
            for at in range(0, taps.shape[1], n)
        ]
        levels = np.concatenate([levels for levels, _ in parts], axis=1)
        return levels, np.concatenate([exponents for _, exponents in parts])

    def _quantize_channels(
        self, taps: FloatArray, moments: FloatArray, gram: FloatArray
    ) -> tuple[IntArray, IntArray]:
        """Levels and exponents; ``gram`` is a matrix, or equals ``moments``, its diagonal."""
        k, channels = len(taps), np.arange(taps.shape[1])
        scales = self._scales(taps, moments)
        scaled = np.ldexp(taps[:, None], -scales)
        levels = self._descend(scaled.reshape(k, -1), gram).reshape(scaled.shape)
        miss = np.ldexp(levels - scaled, scales)
        flat = miss.reshape(k, -1)
        pull = (gram @ flat if gram.ndim == 2 else gram[:, None] * flat).reshape(miss.shape)
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
        levels = self.codebook.nearest(scaled)
        if gram.ndim == 1:
            return levels
        pull = (scaled - levels).T @ gram
        moving = np.arange(scaled.shape[1])
        for _ in range(SWEEPS if len(gram) <= LARGE else LARGE_SWEEPS):
            before = levels[:, moving]
            after = self._sweep(before, pull, gram)
            levels[:, moving] = after
            # A channel without a move in a sweep has none in the next.
            still = (after != before).any(axis=0)
            moving, pull = moving[still], pull[still]
            if not moving.size:
                break
        return levels

    def _sweep(self, levels: IntArray, pull: FloatArray, gram: FloatArray) -> IntArray:
        """Levels after each weight in turn has moved to what is best given all others.

        ``pull``, shape (channels, k), tells how far the error is from balance at each weight; it
        follows the moves. Within a block of weights it does so at once, elsewhere behind the block.
        """
        levels, diagonal = levels.copy(), np.diag(gram)
        for start in range(0, len(gram), BLOCK):
            block = slice(start, start + BLOCK)
            first, near, within = levels[block].copy(), pull[:, block].T.copy(), gram[block, block]
            for n in range(len(first)):
                tap = start + n
                step = self.codebook.nearest(levels[tap] + near[n] / diagonal[tap]) - levels[tap]
                moved = step.nonzero()[0]
                if moved.size:
                    levels[tap] += step
                    near[n + 1 :, moved] -= within[n + 1 :, n, None] * step[moved]
            change = (levels[block] - first).T.astype(np.float64)
            moved = np.flatnonzero(change.any(axis=1))
            if moved.size:
                pull[moved] -= change[moved] @ gram[block]
        return levels
