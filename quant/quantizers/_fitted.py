"""What schemes share that are sets of levels: how levels and scales are chosen."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook
from quant.quantizers import QuantizedWeights, Quantizer
from quant.quantizers._level_search import LevelSearch

__all__ = ["FittedQuantizer", "RuleQuantizer", "nearest_power", "power_below", "squared_errors"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class FittedQuantizer(Quantizer):
    """A scheme that says which levels there are; which weight takes which is found by search.

    Parameters
    ----------
    bits : int
    fit : {"outputs", "weights"}
        What has the least squared error, see
        :class:`~quant.quantizers._level_search.LevelSearch`: the layer's outputs, or its weights
        by themselves, which needs no samples. Each channel has its own power-of-two scale.
    """

    fits: ClassVar[tuple[str, ...]] = ("outputs", "weights")

    fit: str = "outputs"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_choice("fit", self.fits)

    def _check_choice(self, option: str, choices: Sequence[Any]) -> None:
        """Raise ValueError unless an option has one of these values."""
        found = getattr(self, option)
        if found not in choices:
            raise ValueError(
                f"Option {option} of scheme {self.kind} must be one of "
                f"{', '.join(map(str, choices))}, not {found!r}"
            )

    @abstractmethod
    def codebooks_for(self, taps: FloatArray) -> Sequence[Codebook]:
        """Codebooks that a layer of these weights may have; it gets the one with the least
        error."""

    def _quantize(self, taps: FloatArray, grams: FloatArray) -> QuantizedWeights:
        if self.fit == "weights":
            grams = np.ones((1, len(taps)))
        found = [(*LevelSearch(book).run(taps, grams), book) for book in self.codebooks_for(taps)]
        levels, exponents, _, book = min(found, key=lambda result: result[2])
        return QuantizedWeights(levels, exponents, book)


@dataclass(frozen=True, kw_only=True)
class RuleQuantizer(FittedQuantizer):
    """A scheme with a published rule besides its levels.

    Parameters
    ----------
    bits : int
    fit : {"rule", "outputs", "weights"}
        The published rule, or what has the least error with the same levels.
    scale : {"channel", "layer"}
        What the rule is applied to. Papers have one scale for a layer, and batch normalization
        behind it; here that is folded into the weights, so that channels differ by it, and a shift
        for each channel costs nothing.
    """

    fits: ClassVar[tuple[str, ...]] = ("rule", "outputs", "weights")

    fit: str = "rule"
    scale: str = "channel"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_choice("scale", ("channel", "layer"))

    @abstractmethod
    def _by_rule(self, taps: FloatArray) -> QuantizedWeights:
        """Levels of shape (k, c_out) for ``taps``, of which at least one is not zero."""

    def _quantize(self, taps: FloatArray, grams: FloatArray) -> QuantizedWeights:
        if self.fit == "rule" and taps.any():
            return self._by_rule(taps)
        return super()._quantize(taps, grams)

    def _largest(self, values: FloatArray) -> FloatArray:
        """Largest of what is scaled together, shape (c_out,); ``values`` are (k, c_out)."""
        largest = values.max(axis=0)
        return largest if self.scale == "channel" else np.full_like(largest, largest.max())


def power_below(values: FloatArray, least: float = 1.0) -> IntArray:
    """Largest ``n`` with ``least * 2**n <= value``, for ``least`` above 1/2 and up to 1.

    ``floor(log2(value))`` by default, ``round(log2(value))`` with the root of 1/2; some number
    where a value is 0.
    """
    part, exponent = np.frexp(values)
    return exponent.astype(np.int64) - (part < least)


def nearest_power(values: FloatArray, levels: IntArray) -> IntArray:
    """Exponents ``e``, shape (c_out,), with the least ``sum((values - levels * 2**e)**2)``.

    Where the best factor is not positive, it is the smallest that single precision has.
    """
    real = levels.astype(np.float64)
    weight = (real**2).sum(axis=0)
    best = (values * real).sum(axis=0) / np.where(weight, weight, 1)
    exponents = power_below(best, 0.75)
    return np.where(best > 0, exponents, np.where(weight, -126, 0))


def squared_errors(taps: FloatArray, levels: IntArray, exponents: IntArray) -> FloatArray:
    """Squared error of each channel, shape (c_out,)."""
    return ((taps - np.ldexp(levels.astype(np.float64), exponents)) ** 2).sum(axis=0)
