"""Damaged model files: always a ModelError of one sentence, never anything else, never a hang."""

import random
import signal

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from quant.codebook import PowerOfTwo
from quant.onnx_io import ModelError, check_operators, read_float, read_quantized, write_quantized
from tests.quant.onnx_models import DATA, ChainFile
from tests.quant.onnx_stored.test_graphs import FORMATS, every_kind
from tests.quant.test_onnx_io import small_network

N_ROUNDS = 100
SECONDS = 60


@pytest.fixture(autouse=True)
def watchdog():
    """Fail instead of hanging."""

    def bark(*_):
        raise TimeoutError(f"no answer within {SECONDS} s")

    before = signal.signal(signal.SIGALRM, bark)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def model(tmp_path, rng):
    return mixed(tmp_path / "net.onnx", rng)


def mixed(path, rng):
    """A float model with a bit of everything."""

    def w(*shape):
        return rng.normal(size=shape).astype(np.float32)

    file = ChainFile(path, (3, 8, 6))
    file.add("Pad", np.array([0, 0, 1, 1, 0, 0, 0, 0])).add("Conv", w(6, 3, 3, 3), w(6))
    file.add("BatchNormalization", w(6), w(6), w(6), np.abs(w(6)) + 1).add("Relu")
    fork = file.head
    file.add("Conv", w(6, 1, 3, 3), pads=[1] * 4, group=6).add("Clip", np.float32(0), np.float32(6))
    file.add("Conv", w(6, 6, 1, 1)).add("Add", DATA, fork).add("HardSwish")
    file.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    file.add("Resize", DATA, "", np.float32([1, 1, 2, 2]), mode="nearest")
    file.add("Split", np.array([2, 4]), name="cut", n_outputs=2, axis=1)
    file.add("Concat", "cut.out1", DATA, axis=1).add(
        "Slice", np.array([0]), np.array([5]), np.array([1])
    )
    file.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    head = file.head
    file.add("Shape").add("Gather", np.array(0), axis=0).add("Unsqueeze", np.array([0]))
    file.add("Concat", DATA, np.array([-1]), axis=0).add("Reshape", head, DATA)
    return file.add("Gemm", w(60, 4), w(4)).add("Softmax", axis=1).model()


def judge(path, read=read_float):
    """Read a file; nothing but a ModelError of one line may come of it."""
    for function in (read, check_operators):
        try:
            function(path)
            message = str(path)
        except ModelError as error:
            message = str(error)
        assert str(path) in message
        assert "\n" not in message


def some_node(model, dice):
    return dice.choice(list(model.graph.node))


def change_attribute(model, dice):
    node = some_node(model, dice)
    if not node.attribute:
        return
    item = dice.choice(list(node.attribute))
    numbers = [-1, 0, 1, 2, 3, 5, 7, 100, 2**31, -(2**40), 2**62]
    if dice.random() < 0.3:
        node.attribute.remove(item)
    elif item.ints:
        ints = [dice.choice(numbers) for _ in range(dice.choice([0, 1, len(item.ints), 5]))]
        item.ints[:] = ints or item.ints[1:]
    elif item.type == onnx.AttributeProto.STRING:
        item.s = dice.choice([b"", b"SAME_UPPER", b"linear", b"\xff\xfe", b"x" * 99])
    elif item.type == onnx.AttributeProto.FLOAT:
        item.f = dice.choice([float("nan"), float("inf"), -1.0, 1e30])
    else:
        item.i = dice.choice(numbers)


def change_operator(model, dice):
    names = ["Relu", "Add", "Conv", "Concat", "Loop", "If", "Reshape", "Transpose", "", "Mul"]
    names += ["Softmax", "Gemm", "MatMul", "Slice", "ConstantOfShape", "Shape", "ConvTranspose"]
    some_node(model, dice).op_type = dice.choice(names)


def rewire(model, dice):
    node = some_node(model, dice)
    tensors = [name for other in model.graph.node for name in other.output]
    tensors += [tensor.name for tensor in model.graph.initializer] + ["input", "", "nowhere"]
    if node.input:
        node.input[dice.randrange(len(node.input))] = dice.choice(tensors)


def drop_node(model, dice):
    model.graph.node.remove(some_node(model, dice))


def drop_initializer(model, dice):
    model.graph.initializer.remove(dice.choice(list(model.graph.initializer)))


def reshape_initializer(model, dice):
    tensor = dice.choice(list(model.graph.initializer))
    if dice.random() < 0.5:
        tensor.dims[:] = tensor.dims[::-1] if dice.random() < 0.5 else [*tensor.dims, 1]
    else:
        array = onnx.numpy_helper.to_array(tensor)
        shape = [max(1, size + dice.choice([-1, 0, 1])) for size in array.shape]
        tensor.CopyFrom(onnx.numpy_helper.from_array(np.resize(array, shape), tensor.name))


def retype_initializer(model, dice):
    dice.choice(list(model.graph.initializer)).data_type = dice.randrange(0, 24)


def fill_initializer(model, dice):
    tensor = dice.choice(list(model.graph.initializer))
    array = onnx.numpy_helper.to_array(tensor)
    value = np.float64(dice.choice([0, -1, 3, 2**40, 1e30, float("nan")]))
    with np.errstate(all="ignore"):
        new = np.full_like(array, value.astype(array.dtype))
    tensor.CopyFrom(onnx.numpy_helper.from_array(new, tensor.name))


def reshape_input(model, dice):
    dims = model.graph.input[0].type.tensor_type.shape.dim
    dim = dice.choice(list(dims))
    dim.Clear()
    if dice.random() < 0.7:
        dim.dim_value = dice.choice([0, -1, 1, 2, 9, 2**31, 2**40])
    else:
        dim.dim_param = "size"


def shuffle_nodes(model, dice):
    nodes = list(model.graph.node)
    dice.shuffle(nodes)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def close_a_cycle(model, dice):
    first = model.graph.node[0]
    first.input[0] = some_node(model, dice).output[0]


def change_ends(model, dice):
    ends = dice.choice([model.graph.input, model.graph.output])
    if dice.random() < 0.5:
        ends.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))
    else:
        ends[0].type.tensor_type.elem_type = dice.randrange(0, 24)


def external_elsewhere(model, dice):
    tensor = dice.choice(list(model.graph.initializer))
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    places = ["/etc/passwd", "../secret", "a/../../secret", "", "net.onnx", ".", "\0", "x" * 300]
    tensor.external_data.add(key="location", value=dice.choice(places))
    if dice.random() < 0.5:
        tensor.external_data.add(key="offset", value=dice.choice(["-1", "99999999", "x", "0"]))
        tensor.external_data.add(key="length", value=dice.choice(["-1", str(2**60), "x"]))


MUTATIONS = [value for name, value in list(globals().items()) if name.split("_")[0] in {
    "change", "rewire", "drop", "reshape", "retype", "fill", "shuffle", "close", "external"
}]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Casting complex values")
@pytest.mark.parametrize("form", ["float", "integer"])
@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_changed_models(model, tmp_path, rng, mutate, form):
    dice = random.Random(mutate.__name__)
    path = tmp_path / "net.onnx"
    onnx.save(model, path)
    assert read_float(path).out_shape == (1, 1, 4)
    if form == "integer":
        write_quantized(small_network(rng, FORMATS[3], FORMATS[2], PowerOfTwo(2)), path)
        model = onnx.load(path)
        del model.metadata_props[:]
        onnx.save(model, path)
        assert read_quantized(path).out_shape == (1, 1, 3)
    for _ in range(N_ROUNDS):
        changed = onnx.ModelProto()
        changed.CopyFrom(model)
        for _ in range(dice.choice([1, 1, 1, 2])):
            mutate(changed, dice)
        path.write_bytes(changed.SerializeToString())
        judge(path, read_float if form == "float" else read_quantized)


def damaged(content, dice):
    data = bytearray(content)
    for _ in range(dice.choice([1, 2, 8])):
        at = dice.randrange(len(data))
        kind = dice.random()
        if kind < 0.6:
            data[at] = dice.randrange(256)
        elif kind < 0.8:
            del data[at : at + dice.randrange(1, 20)]
        else:
            data[at:at] = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 9)))
    return bytes(data)


@pytest.mark.parametrize("form", ["float", "quantized"])
def test_damaged_bytes(model, tmp_path, rng, form):
    dice = random.Random(form)
    path = tmp_path / "net.onnx"
    if form == "quantized":
        write_quantized(every_kind(rng, FORMATS[0], FORMATS[1]), path)
    else:
        onnx.save(model, path)
    content = path.read_bytes()
    for _ in range(2 * N_ROUNDS):
        path.write_bytes(damaged(content, dice))
        judge(path, read_float if form == "float" else read_quantized)
