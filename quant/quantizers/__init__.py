"""One file per weight scheme."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook
from quant.registry import find_kinds
from quant.spelling import made_from, spelling_of

__all__ = ["QUANTIZERS", "QuantizedWeights", "Quantizer", "make_quantizer"]


@dataclass(frozen=True, eq=False)
class QuantizedWeights:
    """Weights that are ``levels * 2**exponents``.

    Parameters
    ----------
    levels : ndarray of int64, shape (..., c_out)
    exponents : ndarray of int64, shape (c_out,)
        One power-of-two scale for each output channel.
    codebook : Codebook
        Every level belongs to it. Schemes may give each layer its own.
    """

    levels: NDArray[np.int64]
    exponents: NDArray[np.int64]
    codebook: Codebook

    @property
    def values(self) -> NDArray[np.float64]:
        """Real weights, shape (..., c_out)."""
        return np.ldexp(self.levels.astype(np.float64), self.exponents)


@dataclass(frozen=True, kw_only=True)
class Quantizer(ABC):
    """Turns real weights into levels.

    A scheme is a dataclass; what it has a default for are its options, see :mod:`quant.spelling`.

    Parameters
    ----------
    bits : int
        Bits of a stored weight, one of ``all_bits``.
    """

    kind: ClassVar[str]
    all_bits: ClassVar[range]

    bits: int

    def __post_init__(self) -> None:
        bits = self.all_bits
        if not isinstance(self.bits, int) or self.bits not in bits:
            allowed = (
                f"an integer from {bits[0]} to {bits[-1]}"
                if bits.step == 1
                else f"one of {', '.join(map(str, bits))}"
            )
            raise ValueError(f"Bits of scheme {self.kind} must be {allowed}, not {self.bits!r}")

    @property
    def name(self) -> str:
        """The scheme with its options, as :func:`make_quantizer` takes them."""
        return spelling_of(self)

    def quantize(
        self, weights: NDArray[np.float64], gram: NDArray[np.float64] | None = None
    ) -> QuantizedWeights:
        """Levels and scales for the weights of one layer.

        Parameters
        ----------
        weights : ndarray of float64, shape (..., c_out)
        gram : ndarray of float64, shape (k, k) or (k,), or with a first axis of groups, optional
            Second moments ``E[x @ x.T]`` of the ``k`` inputs of an output, in the order of
            ``weights.reshape(k, c_out)``; or their diagonal alone. With several groups part ``g``
            of the output channels sees inputs of moments ``gram[g]``. A scheme that makes use of
            them minimizes the expected error of the outputs, and without them that of the weights.

        Raises
        ------
        ValueError
            If there is no weight, a number is NaN or infinite, or shapes do not fit.
        """
        weights = np.asarray(weights, dtype=np.float64)
        if weights.ndim < 2 or not weights.size:
            raise ValueError(f"Weights must have shape (..., c_out), not {weights.shape}")
        taps = weights.reshape(-1, weights.shape[-1])
        if gram is None:
            gram = np.ones(len(taps))
        k, c_out = taps.shape
        # A matrix of k by k is one group's, even where as many groups would divide the channels.
        grams = gram[None] if gram.shape in ((k, k), (k,)) else gram
        if grams.shape[1:] not in ((k, k), (k,)) or c_out % len(grams):
            raise ValueError(f"Second moments must have shape {(k, k)}, not {gram.shape}")
        if not (np.isfinite(weights).all() and np.isfinite(gram).all()):
            raise ValueError("Weights must be finite, but NaN or infinity was found")
        found = self._quantize(taps, grams)
        levels = found.levels.reshape(weights.shape)
        return QuantizedWeights(levels, found.exponents, found.codebook)

    @abstractmethod
    def _quantize(self, taps: NDArray[np.float64], grams: NDArray[np.float64]) -> QuantizedWeights:
        """Levels of shape (k, c_out) for finite ``taps``; ``grams`` has an axis of groups."""

    def rounded_bias(self, bias: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the scheme makes of a layer's real bias; nothing, as a rule: an accumulator has as
        many bits as its bias needs."""
        return bias


QUANTIZERS = find_kinds(__name__, __path__, Quantizer)  # type: ignore[type-abstract]


def make_quantizer(scheme: str, bits: int) -> Quantizer:
    """Quantizer of a spelled scheme.

    Raises
    ------
    ValueError
        If there is no such scheme or option, or the scheme does not have so many bits.

    Examples
    --------
    >>> make_quantizer("uniform:fit=weights", 4).name
    'uniform:fit=weights'
    """
    return made_from(QUANTIZERS, "Scheme", scheme, bits=bits)
