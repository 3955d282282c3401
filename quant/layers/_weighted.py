"""What layers with weights share: levels, bias, output shift, accumulator bounds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook
from quant.fixed_point import ActFormat, requantize
from quant.layers import Layer

__all__ = ["WeightedLayer"]

IntArray = NDArray[np.int64]

MANY = 2**22


@dataclass(frozen=True, eq=False, kw_only=True)
class WeightedLayer(Layer):
    """Dot products with levels, plus bias, requantized per output channel.

    ``out = clamp(round_half_even((act @ levels + bias) * 2**-shift))``

    Parameters
    ----------
    codebook : Codebook
        Every level belongs to it.
    levels : ndarray of int64, shape (..., c_out)
    bias : ndarray of int64, shape (c_out,)
        In units of the accumulator.
    shift : ndarray of int64, shape (c_out,)
        Right shift from the accumulator to ``out_format``; negative shifts left.
    out_format : ActFormat
    """

    codebook: Codebook
    levels: IntArray
    bias: IntArray
    shift: IntArray
    out_format: ActFormat

    def __post_init__(self) -> None:
        super().__post_init__()
        for field in ("levels", "bias", "shift"):
            array = np.array(getattr(self, field))
            if not np.issubdtype(array.dtype, np.integer):
                raise ValueError(f"{field} must be integers, not {array.dtype}")
            array = array.astype(np.int64, copy=False)
            array.setflags(write=False)
            object.__setattr__(self, field, array)
        c_out = (self.levels.shape[-1],)
        if self.bias.shape != c_out or self.shift.shape != c_out:
            raise ValueError(
                f"Bias and shift must have one value for each of the {c_out[0]} output channels, "
                f"not shapes {self.bias.shape} and {self.shift.shape}"
            )
        flat = self.levels.reshape(-1)
        for at in range(0, flat.size, MANY):
            self.codebook.encode(flat[at : at + MANY])
        if self.acc_width > 48:
            raise ValueError(f"Accumulator must fit in 48 bits, but needs {self.acc_width}")

    @cached_property
    def dot_bounds(self) -> tuple[IntArray, IntArray]:
        """Smallest and largest dot product of each channel, without bias; shape (c_out,) each."""
        taps = self.levels.reshape(-1, self.levels.shape[-1])
        plus, minus = np.maximum(taps, 0).sum(axis=0), np.minimum(taps, 0).sum(axis=0)
        lo, hi = min(self.in_format.lo, 0), self.in_format.hi
        return plus * lo + minus * hi, plus * hi + minus * lo

    @cached_property
    def acc_width(self) -> int:
        """Bits of a signed accumulator that no input can overflow, at any point of the sum."""
        lo, hi = self.dot_bounds
        reach = max(
            int(-(lo + np.minimum(self.bias, 0)).min()) - 1,
            int((hi + np.maximum(self.bias, 0)).max()),
            0,
        )
        return max(reach.bit_length() + 1, 2)

    @cached_property
    def dot_type(self) -> type[np.floating]:
        """Floating point in which :meth:`dot` is exact.

        Every partial sum is an integer no larger than the sum of magnitudes, so that single
        precision is exact below 2**24 and double below 2**53; the accumulator has at most 48 bits.
        """
        taps = np.abs(self.levels.reshape(-1, self.levels.shape[-1]))
        reach = int(taps.sum(axis=0).max()) * self.in_format.max_abs
        return np.float32 if reach < 2**24 else np.float64

    def dot(self, windows: NDArray) -> IntArray:
        """Exact dot products with all levels of each channel, by BLAS.

        Parameters
        ----------
        windows : ndarray of integers in any type, shape (..., k)
            In the order of the levels.

        Returns
        -------
        ndarray of int64, shape (..., c_out)
        """
        taps = self.levels.reshape(-1, self.levels.shape[-1])
        flat = np.ascontiguousarray(windows.reshape(-1, len(taps)), dtype=self.dot_type)
        dots = (flat @ taps.astype(self.dot_type)).astype(np.int64)
        return dots.reshape(*windows.shape[:-1], -1)

    def finish(self, dots: IntArray) -> IntArray:
        """Bias, shift, round and clamp; ``dots`` has the output channels last."""
        return requantize(dots + self.bias, self.shift, self.out_format)
