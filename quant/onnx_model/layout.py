"""Which of height, width and channels the axes of an ONNX tensor run over."""

from collections.abc import Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from quant.layers import Shape

__all__ = ["Axes", "flat_axes", "image_axes", "placed", "regrouped", "sizes"]

Axes = tuple[str, ...]
"""For each axis behind the batch the dimensions that it runs over, outermost first, out of ``h``,
``w`` and ``c``; those of size 1 are left out. (batch, channels, height, width) is ``("c", "h",
"w")``, and flattened it is ``("chw",)``.
"""


def sizes(shape: Shape) -> dict[str, int]:
    """Size of each dimension."""
    return dict(zip("hwc", shape, strict=True))


def image_axes(shape: Shape, order: str = "chw") -> Axes:
    """Axes of a tensor with an axis for each dimension."""
    return tuple(letter if sizes(shape)[letter] > 1 else "" for letter in order)


def flat_axes(shape: Shape) -> Axes:
    """Axes of a (batch, features) tensor, channel first."""
    return ("".join(image_axes(shape)),)


def regrouped(shape: Shape, axes: Axes, dims: Sequence[int]) -> Axes | None:
    """Axes after a reshape to ``dims``, the batch left out; None if that cuts a dimension."""
    left = "".join(axes)
    found = []
    for dim in dims:
        taken = ""
        while left and prod(sizes(shape)[letter] for letter in taken) < dim:
            taken, left = taken + left[0], left[1:]
        if prod(sizes(shape)[letter] for letter in taken) != dim:
            return None
        found.append(taken)
    return None if left else tuple(found)


def placed(shape: Shape, axes: Axes, array: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """A tensor's operand as an array to broadcast against (height, width, channels).

    Parameters
    ----------
    shape : (height, width, channels)
    axes : Axes
    array : ndarray of float64
        Broadcast against (batch, *axes) as ONNX does; the batch must be 1 or left out.

    Returns
    -------
    ndarray of float64, each size 1 or that of ``shape``; None if it does not broadcast
    """
    rank = 1 + len(axes)
    if array.ndim > rank:
        return None
    dims = (1,) * (rank - array.ndim) + array.shape
    if dims[0] != 1:
        return None
    split: list[int] = []
    for dim, letters in zip(dims[1:], axes, strict=True):
        parts = [sizes(shape)[letter] for letter in letters]
        if dim not in (1, prod(parts)):
            return None
        split += parts if dim > 1 else [1] * len(parts)
    order = "".join(axes)
    given = array.reshape(split)
    kept = [letter for letter in "hwc" if letter in order]
    turned = given.transpose([order.index(letter) for letter in kept])
    return turned.reshape([turned.shape[kept.index(x)] if x in kept else 1 for x in "hwc"])
