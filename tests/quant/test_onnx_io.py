"""Quantized ONNX: it reads back the same, and ONNX Runtime gives the golden integers."""

import json
import os

import numpy as np
import onnx
import onnxruntime
import pytest

from quant import zoo
from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from quant.layers._weighted import WeightedLayer
from quant.layers.max_pool import MaxPool
from quant.network import Network, Node
from quant.onnx_io import ModelError, is_quantized, read_quantized, write_quantized
from quant.onnx_stored.model import LAYERS_KEY
from tests.quant.layers.test_layers import random_conv, random_dense

LEVELS = onnxruntime.GraphOptimizationLevel


def small_network(rng, in_format, act_format, codebook, name="small"):
    """Every layer kind, odd geometry, and a convolution behind a dense layer."""
    conv = random_conv(
        rng,
        (9, 8, 3),
        (3, 2),
        5,
        codebook,
        in_format=in_format,
        out_format=act_format,
        stride=(2, 1),
        padding=(1, 0, 2, 1),
        shift=rng.integers(2, 7, 5),
    )
    pool = MaxPool(
        in_shape=conv.out_shape,
        in_format=act_format,
        kernel=(3, 2),
        stride=(1, 2),
        padding=(2, 1, 1, 0),
    )
    dense = random_dense(
        rng,
        pool.out_shape,
        6,
        in_format=act_format,
        out_format=act_format,
        shift=rng.integers(1, 6, 6),
    )
    point = random_conv(
        rng,
        dense.out_shape,
        (1, 1),
        4,
        codebook,
        in_format=act_format,
        out_format=ActFormat(13, 5, signed=True),
        shift=rng.integers(-2, 4, 4),
    )
    last = random_dense(rng, point.out_shape, 3, in_format=point.out_format)
    layers = {"conv": conv, "pool": pool, "dense": dense, "point": point, "last": last}
    return Network(
        name, tuple(Node(key, layer) for key, layer in layers.items()), {"scheme": "random"}
    )


@pytest.fixture
def network(rng):
    return small_network(
        rng, ActFormat(8, 8, signed=False), ActFormat(8, 3, signed=False), PowerOfTwo(2)
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "q.onnx"


def run_quantized(path, act, level, outputs=()):
    """Outputs of ONNX Runtime by name, for act of shape (n, height, width, channels)."""
    model = onnx.load(path)
    for name in outputs:
        if name != model.graph.output[0].name:
            model.graph.output.append(onnx.ValueInfoProto(name=name))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    dtype = onnx.helper.tensor_dtype_to_np_dtype(model.graph.input[0].type.tensor_type.elem_type)
    names = [output.name for output in session.get_outputs()]
    found = session.run(names, {"input": act.transpose(0, 3, 1, 2).astype(dtype)})
    return {
        name: value.transpose(0, 2, 3, 1) if value.ndim == 4 else value[:, None, None, :]
        for name, value in zip(names, found, strict=True)
    }


def frames(rng, network, n=50):
    """Random frames, and all-lowest, all-highest, zero."""
    fmt, shape = network.in_format, network.in_shape
    some = rng.integers(fmt.lo, fmt.hi + 1, (n, *shape))
    return np.concatenate([some, *(np.full((1, *shape), x) for x in (fmt.lo, fmt.hi, 0))])


def assert_same(one, two):
    """Equal in every array, format and name."""
    assert (one.name, one.metadata) == (two.name, two.metadata)
    for a, b in zip(one.nodes, two.nodes, strict=True):
        assert (a.name, type(a.layer)) == (b.name, type(b.layer))
        mine, other = vars(a.layer), vars(b.layer)
        for key in (
            "in_shape",
            "in_format",
            "out_format",
            "codebook",
            "kernel",
            "stride",
            "padding",
        ):
            assert mine.get(key) == other.get(key)
        for key in ("levels", "bias", "shift"):
            assert np.array_equal(mine.get(key), other.get(key))


FORMATS = [
    ActFormat(width, frac, signed)
    for width, frac in ((2, 0), (4, 3), (7, -2), (8, 8), (11, 4))
    for signed in (False, True)
]


@pytest.mark.parametrize("act_format", FORMATS, ids=str)
@pytest.mark.parametrize("codebook", [*map(PowerOfTwo, range(4)), TwosComplement(4)], ids=str)
def test_runtime_gives_the_golden_integers_in_every_layer(rng, path, act_format, codebook):
    network = small_network(rng, act_format, act_format, codebook)
    assert max(n.layer.acc_width for n in network.nodes if isinstance(n.layer, WeightedLayer)) <= 25
    write_quantized(network, path)
    assert_same(network, read_quantized(path))
    act = frames(rng, network)
    golden = network.trace(act)
    for level in (LEVELS.ORT_DISABLE_ALL, LEVELS.ORT_ENABLE_ALL):
        found = run_quantized(path, act, level, golden)
        assert {name: int((found[name] != golden[name]).sum()) for name in golden} == dict.fromkeys(
            golden, 0
        )


@pytest.mark.parametrize(("bits", "act_width"), [(2, 8), (3, 8), (4, 8), (4, 5), (3, 16)])
def test_runtime_gives_the_golden_integers_on_digits(rng, path, quantized_lenet5, bits, act_width):
    network = quantized_lenet5(bits, act_width)
    write_quantized(network, path)
    digits = network.in_format.quantize(zoo.load_samples("lenet5").images / 256)
    act = np.concatenate([digits[:300], frames(rng, network)])
    golden = network.infer(act)
    for level in (LEVELS.ORT_DISABLE_ALL, LEVELS.ORT_ENABLE_ALL):
        (out,) = run_quantized(path, act, level).values()
        assert (out != golden).sum() == 0


def test_same_network_same_bytes(network, tmp_path):
    for name in ("one", "two"):
        write_quantized(network, tmp_path / name)
    write_quantized(read_quantized(tmp_path / "one"), tmp_path / "three")
    assert len({(tmp_path / name).read_bytes() for name in ("one", "two", "three")}) == 1


def test_wide_levels_are_stored_in_16_bits(rng, path):
    fmt = ActFormat(4, 0, signed=True)
    network = small_network(rng, fmt, fmt, PowerOfTwo(4))
    write_quantized(network, path)
    assert_same(network, read_quantized(path))


def test_left_shift_and_far_scales_read_back(rng, path):
    dense = random_dense(rng, shift=np.array([-40, 40, 0, 62, -3]), bias=np.zeros(5, int))
    network = Network("far", (Node("a", dense),))
    write_quantized(network, path)
    assert_same(network, read_quantized(path))


def test_is_quantized(network, path):
    write_quantized(network, path)
    assert is_quantized(path)
    assert not is_quantized(zoo.float_path("lenet5"))


def test_float_model_is_no_quantized_one():
    with pytest.raises(ModelError, match="not a quantized network; quantize it first"):
        read_quantized(zoo.float_path("lenet5"))


def test_nothing_but_the_file_stays(network, path):
    write_quantized(network, path)
    assert os.listdir(path.parent) == [path.name]


def test_failure_leaves_the_good_file(network, path, monkeypatch):
    write_quantized(network, path)
    good = path.read_bytes()

    def fail(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_quantized(network, path)
    assert path.read_bytes() == good
    assert os.listdir(path.parent) == [path.name]


def test_folder_that_is_not_there(network, tmp_path):
    with pytest.raises(FileNotFoundError):
        write_quantized(network, tmp_path / "none" / "q.onnx")


def test_bias_and_scale_that_onnx_cannot_hold(rng, path):
    wide = random_dense(rng, bias=np.array([0, 0, 0, 2**31, 0]))
    with pytest.raises(ValueError, match="a: a bias must fit into 32 bits, but reaches 2147483648"):
        write_quantized(Network("wide", (Node("a", wide),)), path)
    far = random_dense(rng, shift=np.full(5, 300), bias=np.zeros(5, int))
    with pytest.raises(ValueError, match=r"A scale must be from 2\*\*-126 to 2\*\*127"):
        write_quantized(Network("far", (Node("a", far),)), path)
    assert not path.exists()


def test_name_that_is_taken(rng, path):
    first = random_dense(rng)
    last = random_dense(rng, first.out_shape, in_format=first.out_format)
    network = Network("net", (Node("a", first), Node("a.weight", last)))
    with pytest.raises(ValueError, match="net: cannot be said in ONNX"):
        write_quantized(network, path)


def edited(path, network, edit):
    write_quantized(network, path)
    model = onnx.load(path)
    edit(model)
    onnx.save(model, path)


def edit_layers(change):
    def edit(model):
        entry = next(item for item in model.metadata_props if item.key == LAYERS_KEY)
        layers = json.loads(entry.value)
        change(layers)
        entry.value = json.dumps(layers)

    return edit


def drop_initializer(model):
    index = [tensor.name for tensor in model.graph.initializer].index("conv.weight")
    bias = next(tensor for tensor in model.graph.initializer if tensor.name == "conv.bias")
    model.graph.initializer[index].CopyFrom(bias)
    model.graph.initializer[index].name = "conv.weight"


def change_weight(model):
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == "conv.weight")
    tensor.raw_data = b"\3" + tensor.raw_data[1:]


def change_scale(model):
    tensor = next(t for t in model.graph.initializer if t.name == "pool.output.scale")
    tensor.CopyFrom(onnx.numpy_helper.from_array(np.float32(3), tensor.name))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (edit_layers(lambda layers: layers.pop()), "disagree"),
        (edit_layers(lambda layers: layers.clear()), "has no layers"),
        (edit_layers(lambda layers: layers[0].pop("name")), "not a valid quantized network"),
        (edit_layers(lambda layers: layers[0].update(kind="x")), "layer kind must be one of"),
        (edit_layers(lambda layers: layers[0].update(kind="dense")), "quantized network|disagree"),
        (edit_layers(lambda layers: layers[0].update(codebook="x")), "Codebook 'x' is not known"),
        (edit_layers(lambda layers: layers[0].update(in_format=[99, 0, True])), "2 to 16 bits"),
        (edit_layers(lambda layers: layers[0].pop("codebook")), "must have weights"),
        (edit_layers(lambda layers: layers[0].update(name="input")), "not a valid"),
        (edit_layers(lambda layers: layers[1].update(name="conv")), "not a valid"),
        (edit_layers(lambda layers: layers[0].update(in_format=[8, 10**30, True])), "not a valid"),
        (edit_layers(lambda layers: layers[0].update(in_shape=[1])), "Input shape must be"),
        (change_weight, "Level 3 is not in the codebook"),
        (change_scale, "its graph and its metadata disagree"),
        (drop_initializer, "not a valid"),
    ],
)
def test_malformed(network, path, edit, message):
    edited(path, network, edit)
    with pytest.raises(ModelError, match=message) as caught:
        read_quantized(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[", "3", '"text"', "[1]", "null"])
def test_metadata_that_is_no_list_of_layers(network, path, text):
    def edit(model):
        next(item for item in model.metadata_props if item.key == LAYERS_KEY).value = text

    edited(path, network, edit)
    with pytest.raises(ModelError, match="not a valid quantized network"):
        read_quantized(path)


def test_truncated(network, path):
    write_quantized(network, path)
    content = path.read_bytes()
    for end in range(0, len(content), 211):
        path.write_bytes(content[:end])
        with pytest.raises(ModelError):
            read_quantized(path)
