"""Weights and output parameters as memory words, in the order of the folds."""

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook
from quant.geometry import Geometry
from shiftconv.gateware.folding import ConvFolding

__all__ = ["concatenate", "concatenate_rows", "pack_codes", "pack_scales"]

IntArray = NDArray[np.int64]


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
    return concatenate_rows(codes.transpose(order).reshape(-1, n_lanes), codebook.code_width)


def pack_scales(
    bias: IntArray, shift: IntArray, *, acc_width: int, shift_min: int, shift_width: int, par: int
) -> list[int]:
    """Bias and shift of every output channel, ``par`` channels a word; idle channels have zero."""
    field = (bias % 2**acc_width) + ((shift - shift_min) << acc_width)
    values = np.pad(field.astype(object), (0, -len(field) % par)).reshape(-1, par)
    return concatenate_rows(values, acc_width + shift_width)
