"""A float layer with weights -> the quantized layers that stand for it."""

from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.codebook import Codebook
from quant.convert.recipe import Activations, Recipe, capped, common
from quant.fixed_point import ActFormat
from quant.float_network.layers import batches, in_batches
from quant.float_network.weighted import FloatConv, FloatWeighted
from quant.layers import Layer
from quant.layers._convolution import convolution
from quant.layers.dense import Dense

__all__ = ["weighted"]

MAX_BIAS = 2**30
# Inputs of an output up to which their correlations are worth their time and memory.
MAX_CORRELATED = 2400
# Multiplications that the correlations of a layer are worth; for more, pixels are left out.
MAX_PRODUCTS = 2**36

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def weighted(
    layer: FloatWeighted, inputs: list[Activations], _: FloatArray, recipe: Recipe
) -> list[Layer]:
    """See :func:`quant.convert.layers.converted`."""
    (given,) = inputs
    n = len(given.act)
    found = recipe.quantizer.quantize(_matrix(layer.weights), _second_moments(layer, given))
    levels, exponents, codebook = found.levels, found.exponents, found.codebook
    taps = layer.grouped(found.values)
    wanted_mean = _means(layer, batches(given.values, layer.patch_size), n)
    mean = _means(layer, given.real(layer.patch_size), n)
    shift_of_mean = np.matmul(wanted_mean, layer.taps) - np.matmul(mean, taps)
    real_bias = recipe.quantizer.rounded_bias(layer.bias + shift_of_mean.reshape(-1))
    fmt = _out_format(layer, given, taps, real_bias, recipe)
    del taps
    levels, exponents = _rescaled(levels, exponents, codebook, given.fmt, fmt, real_bias)
    parameters: dict[str, Any] = {
        **common(layer, inputs),
        "codebook": codebook,
        "bias": np.rint(np.ldexp(real_bias, given.fmt.frac - exponents)).astype(np.int64),
        "shift": given.fmt.frac - fmt.frac - exponents,
        "out_format": fmt,
    }
    if isinstance(layer, FloatConv):
        shape = *layer.weights.shape[:3], levels.shape[1]
        where: dict[str, Any] = {"stride": layer.stride, "padding": layer.padding}
        made = convolution(
            levels.reshape(shape),
            groups=layer.groups,
            dilation=layer.dilation,
            **where,
            **parameters,
        )
        return capped(layer, made)
    return capped(layer, Dense(levels=levels, **parameters))


def _out_format(
    layer: FloatWeighted, given: Activations, taps: FloatArray, bias: FloatArray, recipe: Recipe
) -> ActFormat:
    """Format for what the quantized weights give."""
    sums = in_batches(
        lambda some: layer.sums(given.fmt.dequantize(some), taps),
        given.act,
        frame_size=layer.patch_size,
    )
    sums += bias
    np.minimum(sums, layer.cap, out=sums)
    return recipe.calibration.choose(sums, width=recipe.width, signed=not layer.relu)


def _matrix(weights: FloatArray) -> FloatArray:
    """Weights of shape (k, c_out)."""
    return weights.reshape(-1, weights.shape[-1])


def _second_moments(layer: FloatWeighted, given: Activations) -> FloatArray:
    """About the mean, of the inputs of an output: a matrix for each group, or its diagonal."""
    k = layer.taps.shape[1]
    correlated = k <= MAX_CORRELATED
    n_rows = prod(layer.out_shape[:2]) * len(given.act)
    every = -(-n_rows * k * layer.taps[..., 0].size // MAX_PRODUCTS) if correlated else 1
    total: FloatArray = np.zeros(())
    squares: FloatArray = np.zeros(())
    count = 0
    for some in given.real(layer.patch_size):
        patches = layer.patches(some, every)
        total = total + patches.sum(axis=1, keepdims=True)
        if correlated:
            squares = squares + patches.transpose(0, 2, 1) @ patches
        else:
            squares = squares + np.einsum("gnk,gnk->gk", patches, patches)
        count += patches.shape[1]
    mean = total / count
    about_zero = mean.transpose(0, 2, 1) @ mean if correlated else mean[:, 0] ** 2
    return squares / count - about_zero


def _means(layer: FloatWeighted, values: Iterable[FloatArray], n_frames: int) -> FloatArray:
    """Mean of each tap's input, shape (n_groups, 1, k)."""
    total = np.sum([layer.tap_sums(some) for some in values], axis=0)
    return total / (n_frames * prod(layer.out_shape[:2]))


def _rescaled(
    levels: IntArray,
    exponents: IntArray,
    codebook: Codebook,
    in_format: ActFormat,
    out_format: ActFormat,
    real_bias: FloatArray,
) -> tuple[IntArray, IntArray]:
    """The weights, changed in place, with a channel's scale chosen anew where its bias asks for it.

    A channel of zeros takes the unit of the output, so that its bias rounds once. A channel whose
    weights are so small that its bias would not fit into 32 bits takes a larger scale.
    """
    dead = ~levels.any(axis=0)
    exponents = np.where(dead, in_format.frac - out_format.frac, exponents)
    needed = np.frexp(np.abs(real_bias) / MAX_BIAS)[1] + in_format.frac
    raised = np.where(real_bias != 0, np.maximum(exponents, needed), exponents)
    changed = (raised > exponents).nonzero()[0]
    scaled = np.ldexp(levels[:, changed].astype(np.float64), (exponents - raised)[changed])
    levels[:, changed] = codebook.nearest(scaled)
    return levels, raised
