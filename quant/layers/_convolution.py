"""Convolutions with groups and dilation as the kinds of layers that there are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook
from quant.layers import Shape
from quant.layers.conv2d import Conv2d
from quant.layers.depthwise_conv2d import DepthwiseConv2d

__all__ = ["convolution", "leaves_gaps"]


def leaves_gaps(levels_shape: tuple[int, ...], c_in: int, dilation: tuple[int, int]) -> bool:
    """Whether some taps of the full kernel are reached by no weight, and so must be zero."""
    (k_h, k_w, c_part, c_out), (d_h, d_w) = levels_shape, dilation
    dilated = (k_h > 1 and d_h > 1) or (k_w > 1 and d_w > 1)
    return dilated or (c_part < c_in and not (c_part == 1 and c_out == c_in))


def convolution(
    levels: NDArray[np.int64],
    *,
    groups: int,
    dilation: tuple[int, int],
    in_shape: Shape,
    codebook: Codebook,
    **parameters: Any,
) -> Conv2d | DepthwiseConv2d:
    """A convolution whose full kernel has a level of zero wherever no weight is.

    Parameters
    ----------
    levels : ndarray of int64, shape (k_h, k_w, c_in / groups, c_out)
    groups : int
        Parts of the channels; part ``g`` of the output sees part ``g`` of the input.
    dilation : (d_h, d_w)
        Distance of the taps, in pixels.
    in_shape, codebook, **parameters
        Of the layer.

    Raises
    ------
    ValueError
        If a zero is needed that the codebook does not have.
    """
    (k_h, k_w, c_part, c_out), (d_h, d_w), c_in = levels.shape, dilation, in_shape[2]
    if leaves_gaps(levels.shape, c_in, dilation) and 0 not in codebook.levels:
        raise ValueError(
            f"dilation and groups need a weight of zero, which the codebook {codebook.name} "
            f"does not have; use more bits"
        )
    parameters |= {"in_shape": in_shape, "codebook": codebook}
    kernel = (k_h - 1) * d_h + 1, (k_w - 1) * d_w + 1
    if groups == c_in == c_out > 1:
        spread = np.zeros((*kernel, c_out), np.int64)
        spread[::d_h, ::d_w] = levels[:, :, 0]
        return DepthwiseConv2d(levels=spread, **parameters)
    spread = np.zeros((*kernel, c_in, c_out), np.int64)
    per_group = c_out // groups
    for group in range(groups):
        ins = slice(group * c_part, (group + 1) * c_part)
        outs = slice(group * per_group, (group + 1) * per_group)
        spread[::d_h, ::d_w, ins, outs] = levels[..., outs]
    return Conv2d(levels=spread, **parameters)
