"""Quantization of graphs: formats at forks and joins, tables, and how close it comes."""

import json

import numpy as np
import pytest

from quant.calibration.min_max import MinMax
from quant.convert import convert, sqnr_db
from quant.evaluate import evaluate
from quant.onnx_io import read_float, read_quantized, write_quantized
from quant.quantizers import QUANTIZERS
from tests.quant.onnx_models import DATA, ChainFile
from tests.quant.test_onnx_io import LEVELS, frames, run_quantized


@pytest.fixture
def chain(tmp_path):
    return ChainFile(tmp_path / "net.onnx", (3, 8, 6))


@pytest.fixture
def weights(rng):
    def draw(*shape):
        return (rng.normal(size=shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)

    return draw


@pytest.fixture
def samples(rng):
    return rng.random((80, 8, 6, 3))


def quantized(file, samples, bits=4, **changes):
    graph = read_float(file.save())
    quantizer = QUANTIZERS["nearest"](bits=bits)
    changes.setdefault("calibration", MinMax())
    return graph, convert(graph, samples, quantizer=quantizer, **changes)


def noise(graph, network, samples):
    found = network.infer(network.in_format.quantize(samples))
    return sqnr_db(graph.infer(samples), network.out_format.dequantize(found))


def residual(f, w):
    f.add("Conv", w(6, 3, 3, 3), w(6), pads=[1] * 4, name="stem").add("Relu")
    fork = f.head
    f.add("Conv", w(6, 6, 3, 3), w(6), pads=[1] * 4).add("Relu")
    f.add("Conv", w(6, 6, 3, 3), w(6), pads=[1] * 4).add("Add", DATA, fork).add("Relu")
    f.add("GlobalAveragePool").add("Flatten").add("Gemm", w(6, 4), w(4)).add("Softmax", axis=1)


def mobile(f, w):
    f.add("Conv", w(8, 3, 3, 3), w(8), pads=[0, 0, 1, 1], strides=[2, 2])
    f.add("Clip", np.float32(0), np.float32(0.25))
    f.add("Conv", w(8, 1, 3, 3), w(8), pads=[1] * 4, group=8).add("HardSwish")
    f.add("Conv", w(4, 8, 1, 1), w(4)).add("PRelu", np.float32([0.25, 0.5, 0, -1]).reshape(4, 1, 1))
    f.add("AveragePool", kernel_shape=[2, 2]).add("Flatten").add("Gemm", w(24, 3)).add("Sigmoid")


def segmentation(f, w):
    f.add("Conv", w(4, 3, 3, 3), w(4), pads=[1] * 4).add("Relu")
    fork = f.head
    f.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    f.add("Conv", w(6, 4, 3, 3), w(6), pads=[2] * 4, dilations=[2, 2])
    f.add("Resize", DATA, "", np.float32([1, 1, 2, 2]), mode="nearest")
    f.add("Concat", DATA, fork, "input", axis=1)
    f.add("Split", np.array([6, 7]), name="cut", n_outputs=2, axis=1)
    f.add("Conv", "cut.out1", w(6, 7, 1, 1)).add("Add", DATA, "cut.out")
    f.add("Conv", w(4, 3, 1, 1), w(4), group=2)


GRAPHS = {"residual": residual, "mobile": mobile, "segmentation": segmentation}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("act_width", [5, 8])
def test_quantized_graph_is_close_and_the_runtime_agrees(
    chain, weights, samples, rng, tmp_path, name, act_width
):
    GRAPHS[name](chain, weights)
    graph, network = quantized(chain, samples, act_width=act_width)
    assert noise(graph, network, samples) > (12 if act_width == 8 else 5)
    write_quantized(network, tmp_path / "q.onnx")
    again = read_quantized(tmp_path / "q.onnx")
    act = np.concatenate([network.in_format.quantize(samples), frames(rng, network, 1000)])
    golden = network.trace(act)
    assert all((again.trace(act)[key] == golden[key]).all() for key in golden)
    for level in (LEVELS.ORT_DISABLE_ALL, LEVELS.ORT_ENABLE_ALL):
        found = run_quantized(tmp_path / "q.onnx", act, level, golden)
        wrong = {key: int((found[key] != golden[key]).sum()) for key in golden}
        assert wrong == dict.fromkeys(golden, 0)


def test_formats_of_a_residual(chain, weights, samples):
    residual(chain, weights)
    graph, network = quantized(chain, samples, act_width=6, out_width=12)
    assert [layer.name for layer in graph.layers] == [node.name for node in network.nodes]
    formats = {node.name: node.layer.out_format for node in network.nodes}
    assert [formats[key].signed for key in ("conv1", "conv2", "conv3", "add1")] == [0, 0, 1, 0]
    assert {formats[key].width for key in ("conv1", "conv3", "add1", "average1")} == {6}
    assert formats["average1"] == formats["add1"]
    assert (formats["dense1"].width, formats["dense1"].signed) == (12, True)
    assert network.nodes[3].inputs == ("conv3", "conv1")
    assert network.metadata["host"] == "Softmax"


def test_cap_of_a_relu_is_kept_by_a_table_where_it_must(chain, weights, samples):
    chain.add("Conv", 9 * weights(4, 3, 1, 1)).add("Clip", np.float32(0), np.float32(3))
    graph, network = quantized(chain, samples)
    assert [node.name for node in network.nodes] == ["conv1", "conv1_clip"]
    step = network.out_format.step
    assert network.infer(np.full((1, 8, 6, 3), 255)).max() * step <= 3
    assert noise(graph, network, samples) > 20
    found = evaluate(network, samples, np.zeros(80, int), graph)
    assert found.layers[0].sqnr_db > 20


def test_cap_of_a_relu_that_is_the_format_needs_no_table(chain, weights, samples):
    chain.add("Conv", 9 * weights(4, 3, 1, 1)).add("Clip", np.float32(0), np.float32(255 / 128))
    _, network = quantized(chain, samples, out_width=8)
    assert [node.name for node in network.nodes] == ["conv1"]


def test_tables_take_ten_bits_at_most(chain, weights, samples):
    mobile(chain, weights)
    graph, network = quantized(chain, samples, act_width=14, bits=5)
    assert noise(graph, network, samples) > 15
    for node in network.nodes:
        if node.layer.kind == "look_up":
            assert node.layer.in_format.width <= 10


def test_table_of_a_sigmoid_is_unsigned(chain, weights, samples):
    chain.add("Conv", weights(4, 3, 1, 1)).add("Sigmoid")
    _, network = quantized(chain, samples, out_width=9)
    assert (network.out_format.width, network.out_format.signed) == (9, False)


@pytest.mark.parametrize("attributes", [{"group": 3}, {"dilations": [2, 1]}])
def test_gaps_need_a_weight_of_zero(chain, weights, samples, attributes):
    chain.add("Conv", weights(6, 3 // attributes.get("group", 1), 3, 3), **attributes)
    with pytest.raises(ValueError, match="conv1: dilation and groups need a weight of zero"):
        quantized(chain, samples, bits=1)
    _, network = quantized(chain, samples, bits=2)
    levels = network.nodes[0].layer.levels
    assert levels.any()
    assert not (levels[:, :, 0, 2:] if "group" in attributes else levels[1::2]).any()


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_depthwise_of_every_width(chain, weights, samples, bits):
    chain.add("Conv", weights(3, 1, 3, 3), weights(3), group=3, dilations=[1, 1])
    graph, network = quantized(chain, samples, bits=bits)
    assert network.nodes[0].layer.kind == "depthwise_conv2d"
    assert noise(graph, network, samples) > (3, 8, 20)[bits // 2]


def test_output_keeps_its_bits_through_a_pool_and_in_a_sum(chain, weights, samples):
    chain.add("Conv", weights(3, 3, 1, 1)).add("Add", DATA, "input")
    chain.add("AveragePool", kernel_shape=[2, 2])
    _, network = quantized(chain, samples, act_width=6, out_width=14)
    assert [node.layer.out_format.width for node in network.nodes] == [6, 14, 14]


def test_noise_is_told_for_every_layer(chain, weights, samples):
    segmentation(chain, weights)
    graph, network = quantized(chain, samples)
    known = json.loads(network.metadata["sqnr_db"])
    assert list(known) == [layer.name for layer in graph.layers]
    assert all(5 < value < 80 for value in known.values())
