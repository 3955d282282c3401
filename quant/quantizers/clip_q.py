"""CLIP-Q: prune, partition, and give a layer a codebook of its own."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook, IndexedLevels
from quant.quantizers import QuantizedWeights
from quant.quantizers._fitted import RuleQuantizer

__all__ = ["ClipQ"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ENTRY_BITS = 8
N_TERMS = (0, 1, 2)


@dataclass(frozen=True, kw_only=True)
class ClipQ(RuleQuantizer):
    """Zero and ``2**bits - 1`` other levels, which are means of the layer's weights.

    Of the positive weights the fraction ``prune`` that is nearest to zero becomes zero, and of the
    negative ones likewise. What is left of the axis, up to the largest weight of either sign, is
    cut in equal intervals, and an interval's level is the mean of its weights. An interval without
    weights has no level.

    Parameters
    ----------
    bits : int
        2 to 8.
    prune : float
        From 0 up to, but without, 1.
    snap : {0, 1, 2}
        Levels are any integers of 8 bits, as in the paper; or, so that no multiplier is needed,
        the nearest power of two, or the nearest sum or difference of at most two.
    fit, scale : str
        See :class:`~quant.quantizers._fitted.RuleQuantizer`. Other fits than "rule" keep the
        levels, up to their scale, and let another search decide which weight takes which.

    Notes
    -----
    Where the papers are silent: the intervals are shared out between the signs in proportion to the
    length of their part of the axis, rounded, with at least one for a sign that has weights. The
    paper's integers have 5 fraction bits everywhere; here the fraction length is the longest that
    lets the layer's largest level fit.

    References
    ----------
    Tung, Mori: CLIP-Q: Deep Network Compression Learning by In-Parallel Pruning-Quantization, CVPR
    2018. Cheng, Lin, Shih: An Efficient Implementation of CNN With CLIP-Q Quantization on FPGA,
    IEEE TCAS-I 69(10), 2022: 2 bits and 20 % in every layer, entries of 8 bits.
    """

    kind: ClassVar[str] = "clip-q"
    all_bits: ClassVar[range] = range(2, 9)

    prune: float = 0.2
    snap: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_choice("snap", N_TERMS)
        if not 0 <= self.prune < 1:
            raise ValueError(
                f"Option prune of scheme {self.kind} must be from 0 up to, but without, 1, "
                f"not {self.prune!r}"
            )

    def codebooks_for(self, taps: FloatArray) -> tuple[Codebook]:
        if not taps.any():
            return (IndexedLevels((0, 1)),)
        return (self._by_rule(taps).codebook,)

    def _by_rule(self, taps: FloatArray) -> QuantizedWeights:
        above = np.frexp(self._largest(np.abs(taps)))[1].astype(np.int64)
        scaled = np.ldexp(taps, -above)
        means = self._means(scaled)
        unit = int(np.frexp(np.abs(means).max())[1]) - (ENTRY_BITS - 1)
        levels = self._entries(np.ldexp(means, -unit))
        book = IndexedLevels(tuple(np.union1d(levels, 0).tolist()))
        return QuantizedWeights(levels, above + unit, book)

    def _means(self, values: FloatArray) -> FloatArray:
        """What each weight becomes before levels are rounded."""
        found = np.zeros_like(values)
        axes = [_Axis(values, sign, self.prune) for sign in (-1, 1)]
        n = 2**self.bits - 1
        length = sum(axis.length for axis in axes)
        share = axes[0].length / length if length else 1 / 2
        least, most = (int(bool(axis.members.any())) for axis in axes)
        n_minus = int(np.clip(np.rint(n * share), least, n - most))
        for axis, count in zip(axes, (n_minus, n - n_minus), strict=True):
            axis.put_means(found, values, count)
        return found

    def _entries(self, values: FloatArray) -> IntArray:
        """Nearest integers that a level may be."""
        allowed = _allowed(self.snap)
        return allowed[np.searchsorted((allowed[:-1] + allowed[1:]) / 2, values)]


class _Axis:
    """One sign's part of the axis, without what is pruned.

    Parameters
    ----------
    values : ndarray of float64
    sign : {-1, 1}
    prune : float
        Fraction of this sign's weights.
    """

    def __init__(self, values: FloatArray, sign: int, prune: float) -> None:
        magnitudes = values * sign
        ordered = np.sort(magnitudes[magnitudes > 0])
        self.magnitudes = magnitudes
        self.low, self.high = 0.0, 0.0
        if ordered.size:
            self.low, self.high = ordered[int(prune * len(ordered))], ordered[-1]
        self.members = (magnitudes > 0) & (magnitudes >= self.low)

    @property
    def length(self) -> float:
        """From the least weight that stays to the largest."""
        return float(self.high - self.low)

    def put_means(self, found: FloatArray, values: FloatArray, count: int) -> None:
        """Write the mean of its interval into the place of each weight that stays."""
        edges = np.linspace(self.low, self.high, count + 1)[1:-1]
        interval = np.searchsorted(edges, self.magnitudes, side="right")
        for n in range(count):
            here = self.members & (interval == n)
            if here.any():
                found[here] = values[here].mean()


def _allowed(snap: int) -> IntArray:
    """Integers that a level may be, ascending: any, or sums of at most ``snap`` powers of two."""
    lowest, highest = -(2 ** (ENTRY_BITS - 1)), 2 ** (ENTRY_BITS - 1) - 1
    if not snap:
        return np.arange(lowest, highest + 1)
    powers = 2 ** np.arange(ENTRY_BITS)
    terms = np.concatenate([-powers, [0], powers])
    sums = terms if snap == 1 else np.add.outer(terms, terms)
    within = np.unique(sums)
    return within[(within >= lowest) & (within <= highest)]
