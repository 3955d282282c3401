"""Quantized graphs of every layer kind: ONNX Runtime gives the golden integers, files read back."""

import numpy as np
import pytest

from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from quant.layers import LAYERS
from quant.layers.add import Add
from quant.layers.average_pool import AveragePool
from quant.layers.channel_slice import ChannelSlice
from quant.layers.concat import Concat
from quant.layers.global_average_pool import GlobalAveragePool
from quant.layers.max_pool import MaxPool
from quant.layers.upsample import Upsample
from quant.network import INPUT, Network, Node
from quant.onnx_io import read_quantized, write_quantized
from quant.onnx_stored.model import qdq_model
from tests.quant.layers.test_layers import (
    random_conv,
    random_dense,
    random_depthwise,
    random_table,
)
from tests.quant.test_onnx_io import LEVELS, frames, run_quantized

FORMATS = [
    ActFormat(width, frac, signed)
    for width, frac in ((3, 1), (8, 4), (10, -2))
    for signed in (False, True)
]


def every_kind(rng, fmt, wide):
    """Forks and joins of every kind; ``wide`` is a format of more than 8 bits."""
    nodes = {}

    def put(name, layer, *inputs):
        nodes[name] = Node(name, layer, inputs)
        return layer.out_shape

    def given(*names):
        layers = [nodes[name].layer for name in names]
        first, *others = [(layer.out_shape, layer.out_format) for layer in layers]
        return {"in_shape": first[0], "in_format": first[1], "others": tuple(others)}

    shape = (8, 6, 3)
    conv = {"in_format": fmt, "out_format": fmt, "padding": (1, 1, 1, 1)}
    put(
        "left",
        random_conv(rng, shape, (3, 3), 4, shift=rng.integers(3, 7, 4), **conv),
        INPUT,
    )
    put(
        "deep",
        random_depthwise(
            rng, shape, (3, 2), in_format=fmt, out_format=wide, shift=rng.integers(0, 5, 3),
            stride=(1, 1), padding=(1, 1, 1, 0),
        ),
        INPUT,
    )  # fmt: skip
    put(
        "right",
        random_conv(
            rng, shape, (1, 1), 4, PowerOfTwo(2), in_format=wide, out_format=wide,
            shift=rng.integers(1, 4, 4),
        ),
        "deep",
    )  # fmt: skip
    put("sum", Add(**given("left", "right", "left"), out_format=fmt), "left", "right", "left")
    put("table", random_table(rng, (8, 6, 4), (4,), fmt, wide), "sum")
    put("shared", random_table(rng, (8, 6, 4), (), fmt, fmt), "sum")
    put(
        "average",
        AveragePool(
            in_shape=(8, 6, 4), in_format=wide, kernel=(3, 3), stride=(2, 2), padding=(1, 1, 0, 1)
        ),
        "table",
    )
    put(
        "counted",
        AveragePool(
            in_shape=(8, 6, 4), in_format=fmt, kernel=(3, 3), stride=(2, 2), padding=(1, 1, 0, 1),
            count_include_pad=True,
        ),
        "shared",
    )  # fmt: skip
    put("concat", Concat(**given("average", "counted"), out_format=fmt), "average", "counted")
    put("cut", ChannelSlice(in_shape=(4, 3, 8), in_format=fmt, start=2, stop=7), "concat")
    put("wide_cut", ChannelSlice(in_shape=(4, 3, 4), in_format=wide, start=0, stop=3), "average")
    put("larger", Upsample(in_shape=(4, 3, 5), in_format=fmt, factor=2), "cut")
    put("wider", Upsample(in_shape=(4, 3, 3), in_format=wide, factor=2), "wide_cut")
    put("both", Concat(**given("wider", "larger"), out_format=wide), "wider", "larger")
    put("pool", MaxPool(in_shape=(8, 6, 8), in_format=wide, kernel=(2, 2), stride=(2, 2)), "both")
    put("mean", GlobalAveragePool(in_shape=(4, 3, 8), in_format=wide), "pool")
    put(
        "dense",
        random_dense(
            rng, (1, 1, 8), 6, in_format=wide, out_format=fmt, shift=rng.integers(1, 5, 6)
        ),
        "mean",
    )
    put("after", random_table(rng, (1, 1, 6), (6,), fmt, fmt), "dense")
    put("end", Add(**given("after", "dense"), out_format=wide), "after", "dense")
    return Network("graph", tuple(nodes.values()), {"scheme": "random"})


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_runtime_gives_the_golden_integers_in_every_layer(rng, tmp_path, fmt):
    network = every_kind(rng, fmt, ActFormat(11, 2, signed=fmt.signed))
    assert {node.layer.kind for node in network.nodes} == set(LAYERS)
    path = tmp_path / "q.onnx"
    write_quantized(network, path)
    act = frames(rng, network, 2000)
    golden = network.trace(act)
    for level in (LEVELS.ORT_DISABLE_ALL, LEVELS.ORT_ENABLE_ALL):
        found = run_quantized(path, act, level, golden)
        wrong = {name: int((found[name] != golden[name]).sum()) for name in golden}
        assert wrong == dict.fromkeys(golden, 0)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("codebook", [PowerOfTwo(3), PowerOfTwo(4), TwosComplement(8)], ids=str)
def test_sums_beyond_single_precision(rng, tmp_path, codebook, signed):
    fmt = ActFormat(16, 2, signed=signed)
    conv = {"shift": np.arange(8, 12)}
    scale = {"bias": rng.integers(-(2**30), 2**30, 4), "in_format": fmt, "out_format": fmt}
    nodes = (
        Node("a", random_conv(rng, (6, 5, 8), (3, 3), 4, codebook, **conv, **scale)),
        Node("b", random_depthwise(
            rng, (4, 3, 4), (2, 2), codebook, shift=np.arange(4, 8), stride=(1, 1),
            padding=(0, 0, 0, 0), **scale,
        )),
        Node("c", random_dense(
            rng, (3, 2, 4), 4, codebook=codebook, shift=np.arange(8, 12),
            levels=rng.choice(codebook.levels, (24, 4)), **scale,
        )),
    )  # fmt: skip
    network = Network("wide", nodes)
    assert max(node.layer.acc_width for node in nodes) > 26
    path = tmp_path / "q.onnx"
    write_quantized(network, path)
    assert qdq_model(read_quantized(path)) == qdq_model(network)
    act = frames(rng, network, 1000)
    golden = network.trace(act)
    for level in (LEVELS.ORT_DISABLE_ALL, LEVELS.ORT_ENABLE_ALL):
        found = run_quantized(path, act, level, golden)
        wrong = {name: int((found[name] != golden[name]).sum()) for name in golden}
        assert wrong == dict.fromkeys(golden, 0)


def test_file_reads_back_the_same(rng, tmp_path):
    network = every_kind(rng, FORMATS[1], ActFormat(12, 3, signed=True))
    write_quantized(network, tmp_path / "one")
    again = read_quantized(tmp_path / "one")
    write_quantized(again, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert [(n.name, n.inputs) for n in again.nodes] == [(n.name, n.inputs) for n in network.nodes]
    act = frames(rng, network)
    golden = network.trace(act)
    assert all((again.trace(act)[name] == golden[name]).all() for name in golden)


@pytest.mark.parametrize("fmt", FORMATS[2:4], ids=str)
@pytest.mark.parametrize("far", [-9, 12])
def test_add_of_far_scales(rng, tmp_path, fmt, far):
    other = ActFormat(8, fmt.frac + far, signed=True)
    table = random_table(rng, (1, 1, 5), (), fmt, other)
    for out_frac in (fmt.frac - 2, fmt.frac, fmt.frac + far):
        add = Add(
            in_shape=(1, 1, 5),
            in_format=fmt,
            others=(((1, 1, 5), other),),
            out_format=ActFormat(8, out_frac, signed=True),
        )
        nodes = Node("table", table, (INPUT,)), Node("add", add, (INPUT, "table"))
        network = Network("add", nodes)
        write_quantized(network, tmp_path / "q.onnx")
        act = frames(rng, network, 1000)
        (out,) = run_quantized(tmp_path / "q.onnx", act, LEVELS.ORT_ENABLE_ALL).values()
        assert (out == network.infer(act)).all()


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("size", [(2, 2), (3, 2), (7, 7), (11, 11)])
def test_means_at_ties_and_extremes(rng, tmp_path, signed, size):
    fmt = ActFormat(16, 3, signed=signed)
    pool = AveragePool(
        in_shape=(11, 11, 2), in_format=fmt, kernel=size, padding=(size[0] - 1, 1, 0, size[1] - 1)
    )
    network = Network("mean", (Node("pool", pool),))
    write_quantized(network, tmp_path / "q.onnx")
    act = frames(rng, network, 30)
    act = np.concatenate([act, rng.choice([fmt.lo, fmt.lo + 1, fmt.hi - 1, fmt.hi], act.shape)])
    act = np.concatenate([act, rng.integers(0, 2, act.shape)])
    (out,) = run_quantized(tmp_path / "q.onnx", act, LEVELS.ORT_ENABLE_ALL).values()
    assert (out == network.infer(act)).all()


def test_input_that_is_not_the_first_of_a_join(rng):
    fmt, signed = ActFormat(4, 1, signed=False), ActFormat(8, 3, signed=True)
    table = random_table(rng, (2, 3, 4), (), fmt, signed)
    concat = Concat(
        in_shape=(2, 3, 4), in_format=signed, others=(((2, 3, 4), fmt),), out_format=signed
    )
    nodes = Node("table", table, (INPUT,)), Node("end", concat, ("table", INPUT))
    network = Network("order", nodes)
    assert (network.in_shape, network.in_format) == ((2, 3, 4), fmt)
    early = ChannelSlice(in_shape=(2, 3, 7), in_format=fmt, start=0, stop=2)
    late = Concat(in_shape=(2, 3, 2), in_format=fmt, others=(((2, 3, 7), fmt),), out_format=signed)
    network = Network("last", (Node("cut", early), Node("end", late, ("cut", INPUT))))
    assert (network.in_shape, network.in_format) == ((2, 3, 7), fmt)
