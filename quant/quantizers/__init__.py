"""One file per weight scheme."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook
from quant.registry import find_kinds

__all__ = ["QUANTIZERS", "QuantizedWeights", "Quantizer"]


@dataclass(frozen=True, eq=False)
class QuantizedWeights:
    """Weights that are ``levels * 2**exponents``.

    Parameters
    ----------
    levels : ndarray of int64, shape (..., c_out)
    exponents : ndarray of int64, shape (c_out,)
        One power-of-two scale for each output channel.
    codebook : Codebook
        Every level belongs to it.
    """

    levels: NDArray[np.int64]
    exponents: NDArray[np.int64]
    codebook: Codebook

    @property
    def values(self) -> NDArray[np.float64]:
        """Real weights, shape (..., c_out)."""
        return np.ldexp(self.levels.astype(np.float64), self.exponents)


class Quantizer(ABC):
    """Turns real weights into levels.

    Parameters
    ----------
    bits : int
        Bits of a stored weight.
    """

    kind: ClassVar[str]

    def __init__(self, *, bits: int) -> None:
        self.bits = bits

    @property
    @abstractmethod
    def codebook(self) -> Codebook:
        """Where the levels come from."""

    def quantize(
        self, weights: NDArray[np.float64], gram: NDArray[np.float64] | None = None
    ) -> QuantizedWeights:
        """Levels and scales for the weights of one layer.

        Parameters
        ----------
        weights : ndarray of float64, shape (..., c_out)
        gram : ndarray of float64, shape (k, k) or (k,), optional
            Second moments ``E[x @ x.T]`` of the ``k`` inputs of an output, in the order of
            ``weights.reshape(k, c_out)``; or their diagonal alone. With them the expected error
            of the outputs is minimized, without them the error of the weights.

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
        if gram.shape not in ((len(taps), len(taps)), (len(taps),)):
            raise ValueError(
                f"Second moments must have shape {(len(taps), len(taps))}, not {gram.shape}"
            )
        if not (np.isfinite(weights).all() and np.isfinite(gram).all()):
            raise ValueError("Weights must be finite, but NaN or infinity was found")
        levels, exponents = self._quantize(taps, gram)
        return QuantizedWeights(levels.reshape(weights.shape), exponents, self.codebook)

    @abstractmethod
    def _quantize(
        self, taps: NDArray[np.float64], gram: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Levels, shape (k, c_out), and exponents, shape (c_out,), of finite ``taps``."""


QUANTIZERS = find_kinds(__name__, __path__, Quantizer)  # type: ignore[type-abstract]
