"""Weights and output parameters as memory words, in the order of the folds."""

from collections.abc import Iterable
from functools import reduce
from operator import and_, or_

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook
from quant.geometry import Geometry
from shiftconv.gateware.folding import ConvFolding, PoolFolding

__all__ = [
    "changing_bits",
    "changing_code_bits",
    "concatenate",
    "concatenate_rows",
    "pack_channel_codes",
    "pack_codes",
    "pack_scales",
]

IntArray = NDArray[np.int64]
# Codes that are looked at together.
MANY = 2**22


def concatenate(values: IntArray, width: int) -> int:
    """The lowest ``width`` bits of each integer, the first lowest."""
    return sum((int(value) % 2**width) << n * width for n, value in enumerate(np.ravel(values)))


def concatenate_rows(values: IntArray, width: int) -> list[int]:
    """Concatenate the values of each row.

    Parameters
    ----------
    values : ndarray of int64, shape (depth, n)
    """
    return [concatenate(row, width) for row in values]


def pack_codes(
    levels: IntArray, codebook: Codebook, folding: ConvFolding, geometry: Geometry
) -> list[int]:
    """Codes of a convolution, one word per fold.

    Folds over output channels are outermost, then kernel rows, columns and groups of input channels
    as far as they are folded. Within a word the processing elements follow each other, and within
    each its lanes: kernel rows, columns, channels.

    Parameters
    ----------
    levels : ndarray of int64, shape (k_h, k_w, c_in, c_out)

    Returns
    -------
    list of int
        ``out_folds * window_folds`` words of ``out_par * lanes * code_width`` bits. Idle lanes have
        code 0.
    """
    rows = _code_rows(levels, codebook, folding, geometry)
    return concatenate_rows(rows, codebook.code_width)


def _code_rows(
    levels: IntArray, codebook: Codebook, folding: ConvFolding, geometry: Geometry
) -> IntArray:
    """The codes of each word, shape (depth, lanes of all processing elements)."""
    k_h, k_w, c_in, c_out = levels.shape
    in_par = c_in if folding.mode == "whole" else folding.in_par
    codes = codebook.encode(levels)
    codes = np.pad(codes, ((0, 0), (0, 0), (0, -c_in % in_par), (0, -c_out % folding.out_par)))
    i, j, group, channel, fold, element = range(6)
    codes = codes.reshape(k_h, k_w, -1, in_par, codes.shape[3] // folding.out_par, folding.out_par)
    order = {
        "pixel": (fold, i, j, group, element, channel),
        "column": (fold, j, group, element, i, channel),
        "sliding": (fold, group, element, i, j, channel),
        "whole": (fold, group, element, i, j, channel),
    }[folding.mode]
    n_lanes = folding.out_par * folding.lanes(geometry, c_in)
    return codes.transpose(order).reshape(-1, n_lanes)


def changing_bits(words: Iterable[int]) -> int:
    """Bits of a memory's words that are not the same in all of them."""
    words = list(words)
    return (reduce(or_, words) ^ reduce(and_, words)).bit_count()


def changing_code_bits(
    levels: IntArray, codebook: Codebook, folding: ConvFolding, geometry: Geometry
) -> int:
    """Those of :func:`pack_codes`' words, without packing them all."""
    step = max(1, MANY // levels[..., : folding.out_par].size) * folding.out_par
    n_bits = folding.out_par * folding.lanes(geometry, levels.shape[2]) * codebook.code_width
    ever: IntArray | int = 0
    always: IntArray | int = -1
    count = 0
    for start in range(0, levels.shape[3], step):
        rows = _code_rows(levels[..., start : start + step], codebook, folding, geometry)
        ever = ever | np.bitwise_or.reduce(rows, axis=0)
        always = always & np.bitwise_and.reduce(rows, axis=0)
        count = int(np.bitwise_count(ever ^ always).sum())
        if count == n_bits:
            break
    return count


def pack_channel_codes(levels: IntArray, codebook: Codebook, folding: PoolFolding) -> list[int]:
    """Codes of a depthwise convolution: a word per group of channels and fold, kernel rows before
    columns.

    Parameters
    ----------
    levels : ndarray of int64, shape (k_h, k_w, channels)
    """
    k_h, k_w, channels = levels.shape
    in_par = folding.in_par
    codes = np.pad(codebook.encode(levels), ((0, 0), (0, 0), (0, -channels % in_par)))
    i, j, group, channel = range(4)
    codes = codes.reshape(k_h, k_w, -1, in_par)
    order = {
        "pixel": (group, i, j, channel),
        "column": (group, j, channel, i),
        "sliding": (group, channel, i, j),
    }[folding.mode]
    at_once = {"pixel": 1, "column": k_h, "sliding": k_h * k_w}[folding.mode]
    rows = codes.transpose(order).reshape(-1, in_par * at_once)
    return concatenate_rows(rows, codebook.code_width)


def pack_scales(
    bias: IntArray, shift: IntArray, *, acc_width: int, shift_min: int, shift_width: int, par: int
) -> list[int]:
    """Bias and shift of every output channel, ``par`` channels a word; idle channels have zero."""
    field = (bias % 2**acc_width) + ((shift - shift_min) << acc_width)
    values = np.pad(field.astype(object), (0, -len(field) % par)).reshape(-1, par)
    return concatenate_rows(values, acc_width + shift_width)
