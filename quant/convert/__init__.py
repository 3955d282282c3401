"""Float network + weight scheme + samples -> quantized network."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.calibration import Calibration
from quant.convert.layers import converted, keeps_format
from quant.convert.recipe import Activations, Recipe
from quant.fixed_point import ActFormat
from quant.float_network.graph import FloatNetwork
from quant.float_network.layers import (
    FloatFunction,
    FloatLayer,
    FloatRectified,
    batches,
    in_batches,
)
from quant.float_network.weighted import FloatWeighted
from quant.layers import Layer
from quant.layers.look_up import MAX_WIDTH
from quant.network import INPUT, Network, Node
from quant.quantizers import Quantizer

__all__ = ["clip_name", "convert", "sqnr_db"]

MAX_SQNR_DB = 200.0
MAX_VALUES = 2**26

FloatArray = NDArray[np.float64]


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
        Real input values to calibrate on; a few hundred are enough. Of a large network's only as
        many as keep 2**26 values of its largest layer: twenty of VGG-16's.
    quantizer : Quantizer
        Scheme of the weights.
    calibration : Calibration
        Chooses the activations' steps.
    act_width : int
        Bits of the input and of every activation between layers. Unsigned behind a ReLU, and at
        the input if no sample is negative; else signed.
    out_width : int
        Bits of the network's output, where it is a sum: behind the last layer with weights, or the
        last addition, and pools of it.
    name : str, optional
        Name of the network; the graph's by default.

    Returns
    -------
    Network
        Its metadata tells ``scheme``, ``bits``, ``calibration``, how many ``samples`` were used,
        and ``sqnr_db``: for each layer, the noise on them; ``host``: operators left behind the
        output.

    Raises
    ------
    ValueError
        If there are no samples, their shape or numbers do not fit, or a layer cannot be quantized:
        its name is told.

    Notes
    -----
    Layers are quantized in order. A layer's second moments and its bias come from the activations
    that the already quantized layers before it give: the bias makes the mean of every output
    channel equal to the float network's, and the levels minimize the error around that mean.
    """
    samples = graph.check_input(samples[: max(1, MAX_VALUES // graph.largest)])
    if not len(samples):
        raise ValueError("Quantization needs at least one calibration sample, but there is none")
    for given in graph.layers:
        if isinstance(given, FloatWeighted):
            given.check_finite()
    widths = _widths(graph, act_width, out_width)
    signed = bool(samples.min() < 0)
    fmt = calibration.choose(samples, width=widths[INPUT], signed=signed)
    known = {INPUT: Activations(_stored(fmt.quantize(samples), fmt), fmt, samples)}
    last_use = {source: n for n, layer in enumerate(graph.layers) for source in layer.inputs}
    nodes: list[Node] = []
    names = {INPUT: INPUT}
    noise = {}
    for n, float_layer in enumerate(graph.layers):
        inputs = [known[source] for source in float_layer.inputs]
        recipe = Recipe(quantizer, calibration, widths[float_layer.name])
        values = in_batches(float_layer.apply, *(given.values for given in inputs))
        try:
            layers = converted(float_layer, inputs, values, recipe)
        except ValueError as error:
            raise ValueError(f"{float_layer.name}: {error}") from error
        node_name, sources = float_layer.name, tuple(names[source] for source in float_layer.inputs)
        acts = [given.act for given in inputs]
        for layer in layers:
            nodes.append(Node(node_name, layer, sources))
            acts = [_integers(layer, acts)]
            names[float_layer.name], sources = node_name, (node_name,)
            node_name = clip_name(node_name)
        fmt = layers[-1].out_format
        known[float_layer.name] = Activations(acts[0], fmt, values)
        noise[float_layer.name] = round(_noise(values, acts[0], fmt), 2)
        for source in float_layer.inputs:
            if last_use[source] == n:
                known.pop(source, None)
    metadata = {
        "scheme": quantizer.name,
        "bits": str(quantizer.bits),
        "calibration": calibration.name,
        "samples": str(len(samples)),
        "sqnr_db": json.dumps(noise),
    }
    if graph.host:
        metadata["host"] = ", ".join(graph.host)
    return Network(name or graph.name, tuple(nodes), metadata)


def clip_name(name: str) -> str:
    """Node of the table that clips what the layer of that name gives, where one is needed."""
    return f"{name}_clip"


def _integers(layer: Layer, acts: list[NDArray[Any]]) -> NDArray[Any]:
    """Golden output in the smallest integer type that holds it."""

    def reference(*some: NDArray[Any]) -> NDArray[Any]:
        return _stored(layer.reference(*(act.astype(np.int64) for act in some)), layer.out_format)

    return in_batches(reference, *acts)


def _stored(act: NDArray[np.int64], fmt: ActFormat) -> NDArray[Any]:
    return act.astype(np.result_type(np.min_scalar_type(fmt.lo), np.min_scalar_type(fmt.hi)))


def _widths(graph: FloatNetwork, act_width: int, out_width: int) -> dict[str, int]:
    """Bits that each layer's output shall have, and the input.

    ``out_width`` at the output, through layers that keep the format; at most a table's where a
    table takes it.
    """
    takers: dict[str, list[FloatLayer]] = {name: [] for name in (INPUT, *_names(graph))}
    for layer in graph.layers:
        for source in layer.inputs:
            takers[source].append(layer)
    widths: dict[str, int] = {}
    for layer in reversed(graph.layers):
        widths[layer.name] = _width(takers[layer.name], widths, act_width, out_width)
        if isinstance(layer, FloatRectified) and layer.cap < np.inf:
            widths[layer.name] = min(widths[layer.name], MAX_WIDTH)
    # A network of nothing but pools keeps the input's format: its output is no sum.
    widths[INPUT] = min(act_width, _width(takers[INPUT], widths, act_width, act_width))
    return widths


def _width(takers: list[FloatLayer], widths: dict[str, int], act_width: int, out_width: int) -> int:
    if not takers:
        return out_width
    wanted = {widths[layer.name] for layer in takers if keeps_format(layer)}
    wanted |= {act_width for layer in takers if not keeps_format(layer)}
    if any(isinstance(layer, FloatFunction) for layer in takers):
        wanted.add(MAX_WIDTH)
    return wanted.pop() if len(wanted) == 1 else min(wanted)


def _names(graph: FloatNetwork) -> list[str]:
    return [layer.name for layer in graph.layers]


def sqnr_db(wanted: FloatArray, found: FloatArray) -> float:
    """Signal to quantization noise, ``10 log10(sum(wanted**2) / sum((found - wanted)**2))``.

    Bounded to ±200 dB, so that it stays a number where there is no noise or no signal.
    """
    return _decibels(float(np.sum(wanted**2)), float(np.sum((found - wanted) ** 2)))


def _noise(values: FloatArray, act: NDArray[Any], fmt: ActFormat) -> float:
    """:func:`sqnr_db` of integers, a few frames at a time."""
    signal, noise = 0.0, 0.0
    for wanted, some in zip(batches(values), batches(act), strict=True):
        signal += float(np.sum(wanted**2))
        noise += float(np.sum((fmt.dequantize(some) - wanted) ** 2))
    return _decibels(signal, noise)


def _decibels(signal: float, noise: float) -> float:
    if noise == 0:
        return MAX_SQNR_DB
    if signal == 0:
        return -MAX_SQNR_DB
    return float(np.clip(10 * np.log10(signal / noise), -MAX_SQNR_DB, MAX_SQNR_DB))
