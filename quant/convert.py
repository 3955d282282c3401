"""Float network + weight scheme + samples -> quantized network."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.calibration import Calibration
from quant.fixed_point import ActFormat
from quant.float_graph import (
    FloatConv,
    FloatDense,
    FloatLayer,
    FloatMaxPool,
    FloatNetwork,
    FloatWeighted,
    batches,
)
from quant.layers import Layer
from quant.layers.conv2d import Conv2d
from quant.layers.dense import Dense
from quant.layers.max_pool import MaxPool
from quant.network import Network, Node
from quant.quantizers import QuantizedWeights, Quantizer

__all__ = ["convert", "sqnr_db"]

MAX_BIAS = 2**30
MAX_SQNR_DB = 200.0

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def convert(
    graph: FloatNetwork,
    samples: NDArray,
    *,
    quantizer: Quantizer,
    calibration: Calibration,
    act_width: int = 8,
    out_width: int = 16,
    name: str | None = None,
) -> Network:
    """Quantize a trained network after training.

    Parameters
    ----------
    graph : FloatNetwork
    samples : ndarray of float, shape (n, *in_shape)
        Real input values to calibrate on; a few hundred are enough.
    quantizer : Quantizer
        Scheme of the weights.
    calibration : Calibration
        Chooses the activations' steps.
    act_width : int
        Bits of the input and of every activation between layers. Unsigned behind a ReLU, and at
        the input if no sample is negative; else signed.
    out_width : int
        Bits of the last weighted layer's output.
    name : str, optional
        Name of the network; the graph's by default.

    Returns
    -------
    Network
        Its metadata tells ``scheme``, ``bits``, ``calibration``, and ``sqnr_db``: for each layer,
        the noise on the calibration samples.

    Raises
    ------
    ValueError
        If there are no samples, or their shape or numbers do not fit.

    Notes
    -----
    Layers are quantized in order. A layer's second moments and its bias come from the activations
    that the already quantized layers before it give: the bias makes the mean of every output
    channel equal to the float network's, and the levels minimize the error around that mean.
    """
    samples = graph.check_input(samples)
    if not len(samples):
        raise ValueError("Quantization needs at least one calibration sample, but there is none")
    fmt = calibration.choose(samples, width=act_width, signed=bool(samples.min() < 0))
    act, values = fmt.quantize(samples), samples
    last = [layer for layer in graph.layers if isinstance(layer, FloatWeighted)][-1:]
    nodes, noise = [], {}
    for float_layer in graph.layers:
        layer = _converted(
            float_layer,
            Activations(act, fmt, values),
            quantizer,
            calibration,
            out_width if float_layer in last else act_width,
        )
        nodes.append(Node(float_layer.name, layer))
        act = np.concatenate([layer.reference(some) for some in batches(act)])
        values = np.concatenate([float_layer.apply(some) for some in batches(values)])
        fmt = layer.out_format
        noise[float_layer.name] = round(sqnr_db(values, fmt.dequantize(act)), 2)
    metadata = {
        "scheme": quantizer.kind,
        "bits": str(quantizer.bits),
        "calibration": calibration.kind,
        "sqnr_db": json.dumps(noise),
    }
    return Network(name or graph.name, tuple(nodes), metadata)


def sqnr_db(wanted: FloatArray, found: FloatArray) -> float:
    """Signal to quantization noise, ``10 log10(sum(wanted**2) / sum((found - wanted)**2))``.

    Bounded to ±200 dB, so that it stays a number where there is no noise or no signal.
    """
    signal, noise = float(np.sum(wanted**2)), float(np.sum((found - wanted) ** 2))
    if noise == 0:
        return MAX_SQNR_DB
    return (
        float(np.clip(10 * np.log10(signal / noise), -MAX_SQNR_DB, MAX_SQNR_DB))
        if signal
        else -MAX_SQNR_DB
    )


@dataclass(frozen=True, eq=False)
class Activations:
    """What a layer takes on the samples: the integers, their format, and the float network's."""

    act: IntArray
    fmt: ActFormat
    values: FloatArray


def _converted(
    layer: FloatLayer,
    inputs: Activations,
    quantizer: Quantizer,
    calibration: Calibration,
    width: int,
) -> Layer:
    if isinstance(layer, FloatMaxPool):
        return MaxPool(
            in_shape=layer.in_shape,
            in_format=inputs.fmt,
            kernel=layer.kernel,
            stride=layer.stride,
            padding=layer.padding,
        )
    assert isinstance(layer, FloatConv | FloatDense)
    wanted_mean, _ = _moments(layer, inputs.values)
    mean, gram = _moments(layer, inputs.fmt.dequantize(inputs.act))
    weights = quantizer.quantize(layer.weights, gram - np.outer(mean, mean))
    taps = weights.values.reshape(layer.taps.shape)
    real_bias = layer.bias + wanted_mean @ layer.taps - mean @ taps
    sums = np.concatenate(
        [layer.patches(some) @ taps for some in batches(inputs.fmt.dequantize(inputs.act))]
    )
    fmt = calibration.choose(sums + real_bias, width=width, signed=not layer.relu)
    weights = _rescaled(weights, inputs.fmt, fmt, real_bias)
    parameters: dict[str, Any] = {
        "in_shape": layer.in_shape,
        "in_format": inputs.fmt,
        "codebook": weights.codebook,
        "levels": weights.levels,
        "bias": np.rint(np.ldexp(real_bias, inputs.fmt.frac - weights.exponents)).astype(np.int64),
        "shift": inputs.fmt.frac - fmt.frac - weights.exponents,
        "out_format": fmt,
    }
    if isinstance(layer, FloatDense):
        return Dense(**parameters)
    return Conv2d(**parameters, stride=layer.stride, padding=layer.padding)


def _moments(layer: FloatWeighted, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and second moments of a layer's inputs, shapes (k,) and (k, k)."""
    k = len(layer.taps)
    total, squares, count = np.zeros(k), np.zeros((k, k)), 0
    for some in batches(values):
        patches = layer.patches(some)
        total += patches.sum(axis=0)
        squares += patches.T @ patches
        count += len(patches)
    return total / count, squares / count


def _rescaled(
    weights: QuantizedWeights, in_format: ActFormat, out_format: ActFormat, real_bias: FloatArray
) -> QuantizedWeights:
    """The same weights with the scale of a channel chosen anew where its bias asks for it.

    A channel of zeros takes the unit of the output, so that its bias rounds once. A channel whose
    weights are so small that its bias would not fit into 32 bits takes a larger scale.
    """
    dead = ~weights.levels.reshape(-1, weights.levels.shape[-1]).any(axis=0)
    exponents = np.where(dead, in_format.frac - out_format.frac, weights.exponents)
    needed = np.frexp(np.abs(real_bias) / MAX_BIAS)[1] + in_format.frac
    raised = np.where(real_bias != 0, np.maximum(exponents, needed), exponents)
    scaled = np.ldexp(weights.levels.astype(np.float64), exponents - raised)
    return QuantizedWeights(
        np.where(raised > exponents, weights.codebook.nearest(scaled), weights.levels),
        raised,
        weights.codebook,
    )
