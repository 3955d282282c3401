"""Levels and power-of-two scales with the least expected error, for any codebook."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook

__all__ = ["ZERO_EXPONENT", "LevelSearch", "top_exponents"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BLOCK = 32
DAMPING = 0.01
LARGE, LARGE_SWEEPS, SWEEPS = 1024, 12, 30
MAX_VALUES = 2**24
N_SCALES = 12
N_TRIED = 3
ZERO_EXPONENT = -24


@dataclass(frozen=True, eq=False)
class LevelSearch:
    """Minimizes ``(w - q)' G (w - q)`` for every output channel.

    Parameters
    ----------
    codebook : Codebook

    Notes
    -----
    Of twelve scales downwards from the largest weight of a channel, the three that round the
    weights with the least error, each weighted by its input's second moment, are tried: every
    weight starts at its nearest level, then one weight at a time moves to the level that is best
    given all others, until none moves, thirty times around at most, or twelve where a channel has
    more than 1024 weights. The scale with the smallest error stays. With ``G`` the identity this is
    rounding to the nearest level.

    ``G`` is damped by a hundredth of its mean diagonal, so that inputs that calibration never saw
    keep their weights. A channel of zeros gets the scale ``2**-24`` if there is no zero level.
    """

    codebook: Codebook

    def run(self, taps: FloatArray, grams: FloatArray) -> tuple[IntArray, IntArray, float]:
        """Levels, shape (k, c_out), exponents, shape (c_out,), and the error in all.

        Parameters
        ----------
        taps : ndarray of float64, shape (k, c_out)
        grams : ndarray of float64, shape (n_groups, k, k) or (n_groups, k)
            Second moments, or their diagonals alone.
        """
        parts = np.split(taps, len(grams), axis=1)
        found = [self._group(some, gram) for some, gram in zip(parts, grams, strict=True)]
        levels, exponents, errors = zip(*found, strict=True)
        return np.concatenate(levels, axis=1), np.concatenate(exponents), sum(errors)

    def _group(self, taps: FloatArray, gram: FloatArray) -> tuple[IntArray, IntArray, float]:
        moments = gram if gram.ndim == 1 else np.diag(gram)
        damping = DAMPING * moments.mean() or 1.0
        damped = gram + (damping if gram.ndim == 1 else damping * np.eye(len(gram)))
        # Channels know nothing of each other: as many at once as fit well into memory.
        n = max(1, MAX_VALUES // (N_SCALES * len(taps)))
        parts = [
            self._channels(taps[:, at : at + n], moments + damping, damped)
            for at in range(0, taps.shape[1], n)
        ]
        levels, exponents, errors = zip(*parts, strict=True)
        return np.concatenate(levels, axis=1), np.concatenate(exponents), sum(errors)

    def _channels(
        self, taps: FloatArray, moments: FloatArray, gram: FloatArray
    ) -> tuple[IntArray, IntArray, float]:
        """Levels, exponents, error; ``gram`` is a matrix, or equals ``moments``, its diagonal."""
        k, channels = len(taps), np.arange(taps.shape[1])
        scales = self._scales(taps, moments)
        scaled = np.ldexp(taps[:, None], -scales)
        levels = self._descend(scaled.reshape(k, -1), gram).reshape(scaled.shape)
        miss = np.ldexp(levels - scaled, scales)
        flat = miss.reshape(k, -1)
        pull = (gram @ flat if gram.ndim == 2 else gram[:, None] * flat).reshape(miss.shape)
        errors = np.einsum("ksc,ksc->sc", miss, pull)
        best = errors.argmin(axis=0)
        exponents = scales[best, channels]
        has_zero = 0 in self.codebook.levels
        exponents[~taps.any(axis=0)] = 0 if has_zero else ZERO_EXPONENT
        return levels[:, best, channels], exponents, float(errors[best, channels].sum())

    def _scales(self, taps: FloatArray, moments: FloatArray) -> IntArray:
        """Exponents of the most promising scales, best first, shape (N_TRIED, c_out)."""
        top = top_exponents(np.abs(taps).max(axis=0), self.codebook)
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


def top_exponents(largest: FloatArray, codebook: Codebook) -> IntArray:
    """Exponents at which weights as large as ``largest`` have the magnitude of the largest level,
    down to its half."""
    highest = float(np.abs(codebook.levels).max())
    return np.frexp(largest)[1].astype(np.int64) - int(np.frexp(highest)[1]) + 1
