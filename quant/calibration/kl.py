"""The step whose levels are distributed most like the values."""

from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.calibration import Calibration, fitting_format
from quant.fixed_point import ActFormat

__all__ = ["KullbackLeibler"]

FloatArray = NDArray[np.float64]

MAX_STEPS = 6
EMPTY = 1e-4


@dataclass(frozen=True, kw_only=True)
class KullbackLeibler(Calibration):
    """Minimizes ``sum(p * log(p / q))`` over power-of-two steps.

    Both are histograms of magnitudes. ``p`` has what is beyond the range in its last bin. In ``q``
    the values in range that share a level are spread evenly over those of the level's bins that
    have any, as entropy calibration does (Migacz, 8-bit Inference with TensorRT, GTC 2017).

    Of the steps from the one that clips nothing down to its 32nd part, no finer than the width
    allows, each has a histogram of the finest one's bins; of equal divergences the larger step
    wins. Zeros do not count: every step stands for them exactly. A bin that only ``p`` has counts
    as having a ten-thousandth of a mean bin in ``q``.
    """

    kind: ClassVar[str] = "kl"

    def _choose(self, values: NDArray[np.float64], width: int, signed: bool) -> ActFormat:
        widest = fitting_format(values, width, signed)
        formats = [
            ActFormat(width, widest.frac + extra, signed) for extra in range(min(width, MAX_STEPS))
        ]
        finest = formats[-1]
        magnitudes = np.abs(values[values != 0])
        bins = np.floor(np.ldexp(magnitudes, finest.frac) + 0.5).astype(np.int64)
        counts = np.bincount(bins).astype(np.float64)
        divergences = [_divergence(counts, finest.frac - fmt.frac, fmt.hi) for fmt in formats]
        return formats[int(np.argmin(divergences))]


def _divergence(counts: FloatArray, extra: int, highest: int) -> float:
    """Of a step that is ``2**extra`` bins wide, and ``highest`` levels."""
    if not counts.size:
        return 0.0
    level = (np.arange(len(counts)) + (1 << extra >> 1)) >> extra
    n = int(np.searchsorted(level, highest, side="right"))
    wanted, level = counts[:n].copy(), level[:n]
    sums = np.bincount(level, wanted)
    filled = np.bincount(level, wanted > 0)
    found = np.where(wanted > 0, (sums / np.maximum(filled, 1))[level], 0)
    if not found.any():
        return inf
    wanted[-1] += counts[n:].sum()
    there = wanted > 0
    wanted, found = wanted[there], found[there]
    found = np.maximum(found, EMPTY * found.mean())
    p, q = wanted / wanted.sum(), found / found.sum()
    return float(p @ np.log(p / q))
