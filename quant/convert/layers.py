"""One float layer -> the quantized layers that stand for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.calibration import Calibration
from quant.codebook import Codebook
from quant.fixed_point import ActFormat
from quant.float_network.layers import (
    FloatAdd,
    FloatConcat,
    FloatConv,
    FloatDense,
    FloatFunction,
    FloatLayer,
    FloatRectified,
    FloatSlice,
    FloatWeighted,
    batches,
)
from quant.float_network.pools import (
    FloatAveragePool,
    FloatGlobalAveragePool,
    FloatMaxPool,
    FloatUpsample,
)
from quant.layers import Layer
from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.channel_slice import ChannelSlice
from quant.layers.concat import Concat
from quant.layers.conv2d import Conv2d
from quant.layers.dense import Dense
from quant.layers.depthwise_conv2d import DepthwiseConv2d
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.look_up import LookUp
from quant.layers.max_pool import MaxPool
from quant.layers.upsample import Upsample
from quant.quantizers import Quantizer

__all__ = ["Activations", "Recipe", "converted", "keeps_format"]

MAX_BIAS = 2**30
# Inputs of an output up to which their correlations are worth their time and memory.
MAX_CORRELATED = 2400

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Activations:
    """What a layer takes on the samples: the integers, their format, and the float network's."""

    act: IntArray
    fmt: ActFormat
    values: FloatArray


@dataclass(frozen=True, eq=False)
class Recipe:
    """How a layer is to be quantized: scheme, calibration, and bits of its output."""

    quantizer: Quantizer
    calibration: Calibration
    width: int


def converted(
    layer: FloatLayer, inputs: list[Activations], values: FloatArray, recipe: Recipe
) -> list[Layer]:
    """Quantized layers, one behind the other; the first takes ``inputs``.

    Parameters
    ----------
    layer : FloatLayer
    inputs : list of Activations
        One for each of its inputs.
    values : ndarray of float64
        What it gives on the samples.
    recipe : Recipe

    Raises
    ------
    ValueError
        If the scheme cannot say the layer.
    """
    made = _CONVERTED[type(layer)](layer, inputs, values, recipe)
    return made if isinstance(made, list) else [made]


def keeps_format(layer: FloatLayer) -> bool:
    """Whether the output has the input's format."""
    return isinstance(
        layer, FloatMaxPool | FloatAveragePool | FloatGlobalAveragePool | FloatUpsample | FloatSlice
    )


def _common(layer: FloatLayer, inputs: list[Activations]) -> dict[str, Any]:
    return {"in_shape": layer.in_shape, "in_format": inputs[0].fmt}


def _pool(layer: Any, inputs: list[Activations], *_: Any) -> Layer:
    windows = {"kernel": layer.kernel, "stride": layer.stride, "padding": layer.padding}
    if isinstance(layer, FloatMaxPool):
        return MaxPool(**_common(layer, inputs), **windows)
    counts = layer.count_include_pad
    return AveragePool(**_common(layer, inputs), **windows, count_include_pad=counts)


def _global_average(layer: FloatLayer, inputs: list[Activations], *_: Any) -> Layer:
    return GlobalAveragePool(**_common(layer, inputs))


def _upsample(layer: Any, inputs: list[Activations], *_: Any) -> Layer:
    return Upsample(**_common(layer, inputs), factor=layer.factor)


def _slice(layer: Any, inputs: list[Activations], *_: Any) -> Layer:
    return ChannelSlice(**_common(layer, inputs), start=layer.start, stop=layer.stop)


def _join(
    layer: FloatAdd | FloatConcat, inputs: list[Activations], values: FloatArray, recipe: Recipe
) -> list[Layer]:
    signed = not layer.relu and any(given.fmt.signed for given in inputs)
    fmt = recipe.calibration.choose(values, width=recipe.width, signed=signed)
    kind = Add if isinstance(layer, FloatAdd) else Concat
    others = tuple((layer.shape_of_input(n), given.fmt) for n, given in enumerate(inputs) if n > 0)
    joined = kind(**_common(layer, inputs), others=others, out_format=fmt)
    return _capped(layer, joined)


def _function(
    layer: FloatFunction, inputs: list[Activations], values: FloatArray, recipe: Recipe
) -> Layer:
    fmt = inputs[0].fmt
    patterns = np.arange(2**fmt.width)
    integers = np.where(patterns > fmt.hi, patterns - 2**fmt.width, patterns)
    grid = np.repeat(fmt.dequantize(integers)[:, None], layer.in_shape[2], axis=1)
    table = layer.function(grid)
    signed = bool(min(values.min(), table.min()) < 0)
    out_format = recipe.calibration.choose(values, width=recipe.width, signed=signed)
    entries = out_format.quantize(table).T
    return LookUp(
        **_common(layer, inputs),
        table=entries if layer.per_channel else entries[0],
        function=layer.label,
        out_format=out_format,
    )


def _capped(layer: FloatRectified, made: Layer) -> list[Layer]:
    """The layer, and a table behind it if its output can exceed the cap of its ReLU."""
    fmt = made.out_format
    if layer.cap >= float(fmt.dequantize(np.array(fmt.hi))):
        return [made]
    highest = int(fmt.quantize(np.array(layer.cap)))
    clip = LookUp(
        in_shape=made.out_shape,
        in_format=fmt,
        table=np.minimum(np.arange(2**fmt.width), highest),
        function=f"min{layer.cap:g}",
        out_format=fmt,
    )
    return [made, clip]


def _weighted(
    layer: FloatWeighted, inputs: list[Activations], _: FloatArray, recipe: Recipe
) -> list[Layer]:
    (given,) = inputs
    real = given.fmt.dequantize(given.act)
    levels, exponents, codebook = _quantized(layer, real, recipe.quantizer)
    taps = np.ldexp(levels.astype(np.float64), exponents)
    wanted_mean, mean = _means(layer, given.values), _means(layer, real)
    shift_of_mean = np.matmul(wanted_mean, layer.taps) - np.matmul(mean, taps)
    real_bias = layer.bias + shift_of_mean.reshape(-1)
    exponents = exponents.reshape(-1)
    sums = np.concatenate([layer.sums(some, taps) for some in batches(real, layer.patch_size)])
    sums += real_bias
    fmt = recipe.calibration.choose(
        np.minimum(sums, layer.cap), width=recipe.width, signed=not layer.relu
    )
    levels = levels.transpose(1, 0, 2).reshape(levels.shape[1], -1)
    levels, exponents = _rescaled(levels, exponents, codebook, given.fmt, fmt, real_bias)
    parameters: dict[str, Any] = {
        **_common(layer, inputs),
        "codebook": codebook,
        "bias": np.rint(np.ldexp(real_bias, given.fmt.frac - exponents)).astype(np.int64),
        "shift": given.fmt.frac - fmt.frac - exponents,
        "out_format": fmt,
    }
    if isinstance(layer, FloatConv):
        return _capped(layer, _conv(layer, levels, parameters))
    return _capped(layer, Dense(levels=levels, **parameters))


def _conv(layer: FloatConv, levels: IntArray, parameters: dict[str, Any]) -> Layer:
    """A convolution whose levels have shape (k, c_out); what no tap reaches becomes zero."""
    parameters |= {"stride": layer.stride, "padding": layer.padding}
    k_h, k_w, c_part, c_out = layer.weights.shape
    kernel = layer.geometry.kernel
    d_h, d_w = layer.dilation
    gaps = kernel != (k_h, k_w) or (layer.groups > 1 and not layer.is_depthwise)
    if gaps and 0 not in parameters["codebook"].levels:
        raise ValueError(
            f"{layer.name}: dilation and groups need a weight of zero, which the codebook "
            f"{parameters['codebook'].name} does not have; use more bits"
        )
    parts = levels.reshape(k_h, k_w, c_part, c_out)
    if layer.is_depthwise:
        spread = np.zeros((*kernel, c_out), np.int64)
        spread[::d_h, ::d_w] = parts[:, :, 0]
        return DepthwiseConv2d(levels=spread, **parameters)
    spread = np.zeros((*kernel, layer.in_shape[2], c_out), np.int64)
    per_group = c_out // layer.groups
    for group in range(layer.groups):
        ins = slice(group * c_part, (group + 1) * c_part)
        outs = slice(group * per_group, (group + 1) * per_group)
        spread[::d_h, ::d_w, ins, outs] = parts[..., outs]
    return Conv2d(levels=spread, **parameters)


def _quantized(
    layer: FloatWeighted, real: FloatArray, quantizer: Quantizer
) -> tuple[IntArray, IntArray, Codebook]:
    """Levels like ``layer.taps``, exponents of shape (n_groups, 1, c_out / n_groups)."""
    mean = _means(layer, real)
    correlated = layer.taps.shape[1] <= MAX_CORRELATED
    squares: FloatArray = np.zeros(())
    count = 0
    for some in batches(real, layer.patch_size):
        patches = layer.patches(some)
        if correlated:
            squares = squares + patches.transpose(0, 2, 1) @ patches
        else:
            squares = squares + (patches**2).sum(axis=1)
        count += patches.shape[1]
    about_zero = mean.transpose(0, 2, 1) @ mean if correlated else mean[:, 0] ** 2
    grams = squares / count - about_zero
    parts = [quantizer.quantize(taps, gram) for taps, gram in zip(layer.taps, grams, strict=True)]
    levels = np.stack([part.levels for part in parts])
    return levels, np.stack([part.exponents for part in parts])[:, None], parts[0].codebook


def _means(layer: FloatWeighted, values: FloatArray) -> FloatArray:
    """Mean of each tap's input, shape (n_groups, 1, k)."""
    total: FloatArray = np.zeros(())
    count = 0
    for some in batches(values, layer.patch_size):
        patches = layer.patches(some)
        total = total + patches.sum(axis=1, keepdims=True)
        count += patches.shape[1]
    return total / count


def _rescaled(
    levels: IntArray,
    exponents: IntArray,
    codebook: Codebook,
    in_format: ActFormat,
    out_format: ActFormat,
    real_bias: FloatArray,
) -> tuple[IntArray, IntArray]:
    """The same weights with the scale of a channel chosen anew where its bias asks for it.

    A channel of zeros takes the unit of the output, so that its bias rounds once. A channel whose
    weights are so small that its bias would not fit into 32 bits takes a larger scale.
    """
    dead = ~levels.any(axis=0)
    exponents = np.where(dead, in_format.frac - out_format.frac, exponents)
    needed = np.frexp(np.abs(real_bias) / MAX_BIAS)[1] + in_format.frac
    raised = np.where(real_bias != 0, np.maximum(exponents, needed), exponents)
    scaled = np.ldexp(levels.astype(np.float64), exponents - raised)
    return np.where(raised > exponents, codebook.nearest(scaled), levels), raised


_CONVERTED: dict[type[FloatLayer], Callable[..., Layer | list[Layer]]] = {
    FloatAdd: _join,
    FloatAveragePool: _pool,
    FloatConcat: _join,
    FloatConv: _weighted,
    FloatDense: _weighted,
    FloatFunction: _function,
    FloatGlobalAveragePool: _global_average,
    FloatMaxPool: _pool,
    FloatSlice: _slice,
    FloatUpsample: _upsample,
}
