"""Layers on tensors of shape (n, channels, height, width), weights in the order of ``quant``."""

from math import inf, prod
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from quant.geometry import Geometry

__all__ = ["Windowed", "average", "convolution", "dense", "global_average", "largest"]


class Windowed(Protocol):
    """A layer whose windows lie somewhere."""

    @property
    def geometry(self) -> Geometry: ...


def convolution(values: Tensor, weights: Tensor, bias: Tensor | None, layer: Windowed) -> Tensor:
    """Cross-correlation.

    Parameters
    ----------
    values : Tensor, shape (n, c_in, height, width)
    weights : Tensor, shape (k_h, k_w, c_in, c_out), or (k_h, k_w, channels) if depthwise
    bias : Tensor, shape (c_out,), optional
    layer : Windowed
        Where its windows lie.
    """
    depthwise = weights.dim() == 3
    kernel = weights.permute(2, 0, 1)[:, None] if depthwise else weights.permute(3, 2, 0, 1)
    padded, padding = _padded(values, layer.geometry, 0.0)
    return functional.conv2d(
        padded,
        kernel,
        bias,
        layer.geometry.stride,
        padding,
        groups=weights.shape[2] if depthwise else 1,
    )


def dense(values: Tensor, weights: Tensor, bias: Tensor | None) -> Tensor:
    """Dot products with whole frames: weights of shape (height * width * channels, c_out)."""
    flat = values.permute(0, 2, 3, 1).flatten(1)
    return functional.linear(flat, weights.T, bias)[:, :, None, None]


def largest(values: Tensor, layer: Windowed) -> Tensor:
    """Largest value of each window; padding never wins."""
    padded, padding = _padded(values, layer.geometry, -inf)
    return functional.max_pool2d(padded, layer.geometry.kernel, layer.geometry.stride, padding)


def average(values: Tensor, layer: Windowed, *, count_include_pad: bool) -> Tensor:
    """Mean of each window: one division of an exact sum."""
    sums = _window_sums(values, layer.geometry)
    if count_include_pad:
        return sums / prod(layer.geometry.kernel)
    return sums / _window_sums(torch.ones_like(values[:1, :1]), layer.geometry)


def global_average(values: Tensor) -> Tensor:
    """Mean over each image: one division of an exact sum."""
    return values.sum((2, 3), keepdim=True) / prod(values.shape[2:])


def _window_sums(values: Tensor, geometry: Geometry) -> Tensor:
    padded, padding = _padded(values, geometry, 0.0)
    arguments: dict[str, Any] = {"divisor_override": 1, "count_include_pad": True}
    return functional.avg_pool2d(padded, geometry.kernel, geometry.stride, padding, **arguments)


def _padded(values: Tensor, geometry: Geometry, fill: float) -> tuple[Tensor, tuple[int, int]]:
    """Values with the padding that an operator cannot do itself, and that which it can."""
    top, left, bottom, right = geometry.padding
    half = tuple(k // 2 for k in geometry.kernel)
    if (top, left) == (bottom, right) and top <= half[0] and left <= half[1]:
        return values, (top, left)
    return functional.pad(values, [left, right, top, bottom], value=fill), (0, 0)
