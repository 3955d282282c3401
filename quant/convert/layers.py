"""One float layer -> the quantized layers that stand for it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.convert.recipe import Activations, Recipe, capped, common
from quant.convert.weighted import weighted
from quant.float_network.layers import (
    FloatAdd,
    FloatConcat,
    FloatFunction,
    FloatLayer,
    FloatSlice,
)
from quant.float_network.pools import (
    FloatAveragePool,
    FloatGlobalAveragePool,
    FloatMaxPool,
    FloatUpsample,
)
from quant.float_network.weighted import FloatConv, FloatDense
from quant.layers import Layer
from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.channel_slice import ChannelSlice
from quant.layers.concat import Concat
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.look_up import LookUp
from quant.layers.max_pool import MaxPool
from quant.layers.upsample import Upsample

__all__ = ["converted", "keeps_format"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


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


def _pool(layer: Any, inputs: list[Activations], *_: Any) -> Layer:
    windows = {"kernel": layer.kernel, "stride": layer.stride, "padding": layer.padding}
    if isinstance(layer, FloatMaxPool):
        return MaxPool(**common(layer, inputs), **windows)
    counts = layer.count_include_pad
    return AveragePool(**common(layer, inputs), **windows, count_include_pad=counts)


def _global_average(layer: FloatLayer, inputs: list[Activations], *_: Any) -> Layer:
    return GlobalAveragePool(**common(layer, inputs))


def _upsample(layer: Any, inputs: list[Activations], *_: Any) -> Layer:
    return Upsample(**common(layer, inputs), factor=layer.factor)


def _slice(layer: Any, inputs: list[Activations], *_: Any) -> Layer:
    return ChannelSlice(**common(layer, inputs), start=layer.start, stop=layer.stop)


def _join(
    layer: FloatAdd | FloatConcat, inputs: list[Activations], values: FloatArray, recipe: Recipe
) -> list[Layer]:
    signed = not layer.relu and any(given.fmt.signed for given in inputs)
    fmt = recipe.calibration.choose(values, width=recipe.width, signed=signed)
    kind = Add if isinstance(layer, FloatAdd) else Concat
    others = tuple((layer.shape_of_input(n), given.fmt) for n, given in enumerate(inputs) if n > 0)
    joined = kind(**common(layer, inputs), others=others, out_format=fmt)
    return capped(layer, joined)


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
        **common(layer, inputs),
        table=entries if layer.per_channel else entries[0],
        function=layer.label,
        out_format=out_format,
    )


_CONVERTED: dict[type[FloatLayer], Callable[..., Layer | list[Layer]]] = {
    FloatAdd: _join,
    FloatAveragePool: _pool,
    FloatConcat: _join,
    FloatConv: weighted,
    FloatDense: weighted,
    FloatFunction: _function,
    FloatGlobalAveragePool: _global_average,
    FloatMaxPool: _pool,
    FloatSlice: _slice,
    FloatUpsample: _upsample,
}
