"""Steps that are tuned on accuracy."""

from dataclasses import replace

import numpy as np
import pytest

from quant.calibration.min_max import MinMax
from quant.convert import convert
from quant.convert.refinement import refined, with_frac
from quant.evaluate import top1
from quant.float_network.graph import FloatNetwork
from quant.float_network.layers import FloatAdd, FloatFunction
from quant.float_network.pools import FloatMaxPool
from quant.float_network.weighted import FloatConv, FloatDense
from quant.quantizers import make_quantizer


@pytest.fixture
def graph(rng):
    conv = {"in_shape": (6, 6, 2), "padding": (1, 1, 1, 1), "bias": np.zeros(2), "relu": True}
    layers = (
        FloatConv(name="one", weights=rng.normal(size=(3, 3, 2, 2)), **conv),
        FloatConv(name="two", weights=rng.normal(size=(3, 3, 2, 2)), **conv),
        FloatAdd(name="sum", in_shape=(6, 6, 2), inputs=("one", "two")),
        FloatMaxPool(name="pool", in_shape=(6, 6, 2), kernel=(2, 2), stride=(2, 2)),
        FloatDense(
            name="dense",
            in_shape=(3, 3, 2),
            weights=rng.normal(size=(18, 4)),
            bias=rng.normal(size=4),
        ),
    )
    return FloatNetwork("net", layers)


@pytest.fixture
def samples(rng):
    # One value far out: the largest says little about the rest.
    values = rng.random((200, 6, 6, 2))
    values[0] *= 4
    return values


def quantized(graph, samples, act_width=4):
    quantizer = make_quantizer("nearest", 4)
    return convert(graph, samples, quantizer=quantizer, calibration=MinMax(), act_width=act_width)


@pytest.mark.parametrize("name", ["one", "two", "sum", "dense"])
@pytest.mark.parametrize("finer", [1, 2, -1])
def test_another_step_is_what_conversion_to_it_gives(graph, samples, name, finer):
    """At widths where nothing is clipped only rounding differs, and takers follow."""
    network = quantized(graph, samples[1:], act_width=12)
    nodes = {node.name: node.layer for node in network.nodes}
    frac = nodes[name].out_format.frac + finer
    found = with_frac(network, name, frac)
    layers = {node.name: node.layer for node in found.nodes}
    assert layers[name].out_format.frac == frac
    assert (layers["pool"].out_format.frac == frac) == (name == "sum")
    act = network.in_format.quantize(samples[1:] / 8)
    one, other = network.infer(act), found.infer(act)
    step = max(network.out_format.step, found.out_format.step)
    away = network.out_format.dequantize(one) - found.out_format.dequantize(other)
    assert np.abs(away).max() < 0.05 + 4 * step


def test_a_finer_step_keeps_what_it_stood_for(graph, samples):
    network = quantized(graph, samples[1:])
    found = with_frac(network, "one", network.nodes[0].layer.out_format.frac + 3)
    two, same = network.nodes[1].layer, found.nodes[1].layer
    assert (same.bias == two.bias * 8).all()
    assert (same.shift == two.shift + 3).all()
    assert (same.levels == two.levels).all()


def test_refinement_gains_accuracy(graph, samples):
    """Steps that are too large are found and mended."""
    *others, dense = graph.layers
    usual = np.median(graph.infer(samples[1:]), axis=0).ravel()
    graph = replace(graph, layers=(*others, replace(dense, bias=dense.bias - usual)))
    labels = graph.infer(samples[1:]).reshape(len(samples) - 1, -1).argmax(axis=1)
    good = quantized(graph, samples[1:])
    coarse = good
    for node in good.nodes[:2]:
        coarse = with_frac(coarse, node.name, node.layer.out_format.frac - 2)
    act = good.in_format.quantize(samples[1:])
    seen = []
    found = refined(coarse, act, labels, on_layer=seen.append)
    assert seen == ["dense", "sum", "two", "one"]
    assert top1(found.infer(act), labels) > top1(coarse.infer(act), labels) + 0.02
    again = refined(coarse, act, labels)
    assert [n.layer.out_format for n in found.nodes] == [n.layer.out_format for n in again.nodes]


def test_steps_that_are_best_stay(graph, samples):
    network = quantized(graph, samples[1:], act_width=12)
    act = network.in_format.quantize(samples[1:])
    labels = network.infer(act).reshape(len(act), -1).argmax(axis=1)
    found = refined(network, act, labels)
    assert top1(found.infer(act), labels) == 1


def test_tables_keep_their_formats(samples, rng):
    conv = FloatConv(
        name="conv", in_shape=(6, 6, 2), weights=rng.normal(size=(3, 3, 2, 2)), bias=np.zeros(2)
    )
    table = FloatFunction(name="tanh", in_shape=(4, 4, 2), function=np.tanh, label="tanh")
    dense = FloatDense(
        name="dense", in_shape=(4, 4, 2), weights=rng.normal(size=(32, 3)), bias=np.zeros(3)
    )
    network = quantized(FloatNetwork("net", (conv, table, dense)), samples)
    with pytest.raises(ValueError, match="tanh: a table takes only the format that it was made"):
        with_frac(network, "conv", 3)
    with pytest.raises(ValueError, match="tanh: its format follows from others"):
        with_frac(network, "tanh", 3)
    act = network.in_format.quantize(samples)
    labels = rng.integers(0, 3, len(act))
    formats = [node.layer.out_format for node in refined(network, act, labels).nodes[:2]]
    assert formats == [node.layer.out_format for node in network.nodes[:2]]


def test_bias_that_would_not_fit(graph, samples):
    network = quantized(graph, samples)
    with pytest.raises(ValueError, match="dense: its bias would not fit into 32 bits"):
        with_frac(network, "sum", network.nodes[2].layer.out_format.frac + 40)


@pytest.mark.parametrize(
    ("n_frames", "labels", "message"),
    [
        (0, [], "Refinement needs frames and as many labels"),
        (2, [1], "Refinement needs frames and as many labels"),
        (2, [1, 4], "Labels must be from 0 to 3"),
    ],
)
def test_wrong_data(graph, samples, n_frames, labels, message):
    network = quantized(graph, samples)
    act = network.in_format.quantize(samples[:n_frames])
    with pytest.raises(ValueError, match=message):
        refined(network, act, np.array(labels, int))
