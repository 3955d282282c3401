"""Model files that are small but would take all memory or never end: refused in a sentence."""

import resource
import signal
from itertools import pairwise

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from quant.onnx_io import ModelError, check_operators, read_float
from tests.quant.onnx_models import DATA, ChainFile

SECONDS = 60
MEMORY = 2**31


@pytest.fixture(autouse=True)
def limits():
    """Fail instead of hanging or taking more memory than now and 2 GiB."""

    def bark(*_):
        raise TimeoutError(f"no answer within {SECONDS} s")

    with open("/proc/self/statm") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    before, memory = signal.signal(signal.SIGALRM, bark), resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, memory[1]))
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    resource.setrlimit(resource.RLIMIT_AS, memory)


def refusal(model, path):
    """The sentence with which a model is refused."""
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError) as failure:
        read_float(path)
    message = str(failure.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def small(path):
    """A convolution, and a place for more."""
    rng = np.random.default_rng(0)
    return ChainFile(path, (3, 8, 8)).add(
        "Conv", rng.normal(size=(4, 3, 3, 3)).astype(np.float32), name="conv"
    )


def with_constants(path, nodes, **arrays):
    """The small model, and beside it nodes that work on constants; the last one's output is added
    to the image."""
    file = small(path).add("Add", DATA, np.zeros((1, 1, 1, 1), np.float32), name="sum")
    model = file.model()
    model.graph.initializer.extend(numpy_helper.from_array(a, name) for name, a in arrays.items())
    for node in reversed(nodes):
        model.graph.node.insert(0, node)
    next(node for node in model.graph.node if node.name == "sum").input[1] = nodes[-1].output[0]
    return model


def broadcast():
    wide, tall = np.zeros((1, 1, 1, 2**17), np.float32), np.zeros((1, 1, 2**17, 1), np.float32)
    return [helper.make_node("Add", ["wide", "tall"], ["big"], "big")], {"wide": wide, "tall": tall}


def doubled():
    names = [f"d{n}" for n in range(41)]
    nodes = [
        helper.make_node("Concat", [name, name], [after], after, axis=0)
        for name, after in pairwise(names)
    ]
    return nodes, {"d0": np.zeros(16, np.float32)}


def gathered():
    nodes = [
        helper.make_node("Gather", ["table", "which"], ["rows"], "rows", axis=0),
        helper.make_node("Gather", ["rows", "which"], ["more"], "more", axis=0),
    ]
    return nodes, {"table": np.zeros((1, 2**14), np.float32), "which": np.zeros(2**18, np.int64)}


def out_of_nothing():
    nodes = [helper.make_node("ConstantOfShape", ["dims"], ["c"], "c")]
    return nodes, {"dims": np.array([2**20, 2**20, 4])}


def overflowing():
    nodes = [helper.make_node("ConstantOfShape", ["dims"], ["c"], "c")]
    return nodes, {"dims": np.array([2**62, 4, 4])}


def expanded():
    nodes = [helper.make_node("Expand", ["one", "dims"], ["c"], "c")]
    return nodes, {"one": np.zeros(1, np.float32), "dims": np.array([2**31, 2**31])}


def counted():
    nodes = [helper.make_node("Range", ["a", "b", "c"], ["r"], "r")]
    return nodes, {"a": np.float32(0), "b": np.float32(1e30), "c": np.float32(1)}


def many():
    nodes = [helper.make_node("ConstantOfShape", ["dims"], [f"c{n}"], f"c{n}") for n in range(100)]
    return nodes, {"dims": np.array([2**25])}


GROWING = [broadcast, doubled, gathered, out_of_nothing, overflowing, expanded, counted, many]


@pytest.mark.parametrize("build", GROWING, ids=lambda build: build.__name__)
def test_constants_that_grow(tmp_path, build):
    nodes, arrays = build()
    refusal(with_constants(tmp_path / "net.onnx", nodes, **arrays), tmp_path / "net.onnx")


def calling(*bodies):
    """Functions f0, f1, ...: each calls those that its numbers name, one after the other."""
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    functions = []
    for n, called in enumerate(bodies):
        names = ["x", *(f"t{k}" for k in range(len(called) - 1)), "y"]
        nodes = [
            helper.make_node(f"f{other}", [before], [after], domain="own")
            if other is not None
            else helper.make_node("Relu", [before], [after])
            for other, before, after in zip(called, names[:-1], names[1:], strict=True)
        ]
        functions.append(helper.make_function("own", f"f{n}", ["x"], ["y"], nodes, imports))
    return functions


@pytest.mark.parametrize(
    ("functions", "reason"),
    [
        (calling([0]), "calls itself"),
        (calling([1], [0]), "calls itself"),
        (calling([None], *([n, n] for n in range(60))), "more than"),
    ],
    ids=["itself", "each other", "doubling"],
)
def test_functions_without_end(tmp_path, functions, reason):
    model = small(tmp_path / "net.onnx").add("f", DATA, domain="own", name="call").model()
    model.graph.node[-1].op_type = functions[-1].name
    model.functions.extend(functions)
    assert reason in refusal(model, tmp_path / "net.onnx")


def test_functions_within_reason_are_taken(tmp_path):
    model = small(tmp_path / "net.onnx").add("f1", DATA, domain="own").model()
    model.functions.extend(calling([None], [0, 0]))
    onnx.save(model, tmp_path / "net.onnx")
    assert read_float(tmp_path / "net.onnx").out_shape == (6, 6, 4)


def nested(depth):
    """A condition in a condition in a condition ..."""
    body = helper.make_graph(
        [helper.make_node("Constant", [], ["leaf"], value_float=1.0)],
        "leaf",
        [],
        [helper.make_tensor_value_info("leaf", TensorProto.FLOAT, [])],
    )
    for n in range(depth):
        node = helper.make_node("If", ["yes"], [f"o{n}"], then_branch=body, else_branch=body)
        body = helper.make_graph(
            [node], f"g{n}", [], [helper.make_tensor_value_info(f"o{n}", TensorProto.FLOAT, [])]
        )
    return body.node[0]


@pytest.mark.parametrize("depth", [1, 8])
def test_conditions_in_conditions(tmp_path, depth):
    """Each level holds two of the next: the file doubles, so that it can't be deep."""
    node = nested(depth)
    model = with_constants(tmp_path / "net.onnx", [node], yes=np.array(True))
    assert "If" in refusal(model, tmp_path / "net.onnx")


def test_deeper_than_files_can_be(tmp_path):
    """Messages in messages, a thousand deep, by hand."""
    content = b""
    for _ in range(1000):
        content = b"\x3a" + _varint(len(content)) + content
    (tmp_path / "net.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="not an ONNX model, or a truncated one"):
        read_float(tmp_path / "net.onnx")


def _varint(value):
    data = []
    while value >= 128:
        data.append(value & 127 | 128)
        value >>= 7
    return bytes([*data, value])


@pytest.mark.parametrize(
    "dims", [[2**40, 2**40], [2**62, 4], [-1, 4], [2**31, 2**31, 2**31, 2**31], [0, 2**60]], ids=str
)
def test_weights_of_impossible_size(tmp_path, dims):
    model = small(tmp_path / "net.onnx").model()
    model.graph.initializer[0].dims[:] = dims
    refusal(model, tmp_path / "net.onnx")


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [("string", False), ("complex64", False), ("bool", True), ("int64", True), ("bfloat16", True)],
)
def test_weights_of_another_type(tmp_path, kind, allowed):
    path = tmp_path / "net.onnx"
    model = small(path).model()
    tensor = model.graph.initializer[0]
    data_type = getattr(TensorProto, kind.upper())
    values = [b"x"] * 108 if kind == "string" else np.ones(108)
    tensor.CopyFrom(helper.make_tensor(tensor.name, data_type, [4, 3, 3, 3], values))
    if allowed:
        onnx.save(model, path)
        assert read_float(path).out_shape == (6, 6, 4)
    else:
        refusal(model, path)


@pytest.mark.parametrize("side", [2**20, 2**31, 2**40, 2**62])
def test_images_of_impossible_size(tmp_path, side):
    """Whether it is refused or not: reading takes neither memory nor time for pixels."""
    path = tmp_path / "net.onnx"
    file = ChainFile(path, (3, side, side)).add("Conv", np.ones((4, 3, 3, 3), np.float32))
    file.add("AveragePool", kernel_shape=[2, 2], pads=[1, 1, 1, 1]).add("Relu")
    path.write_bytes(file.model().SerializeToString())
    for function in (read_float, check_operators):
        try:
            function(path)
        except ModelError as error:
            assert str(error).startswith(f"{path}: ")  # noqa: PT017


def test_thousands_of_constants_take_no_hour(tmp_path):
    nodes = [helper.make_node("Constant", [], [f"c{n}"], value_float=1.0) for n in range(1000)]
    sums = ["c0", *(f"s{n}" for n in range(1, 1000))]
    nodes += [
        helper.make_node("Add", [before, f"c{n}"], [after])
        for n, (before, after) in enumerate(pairwise(sums), 1)
    ]
    path = tmp_path / "net.onnx"
    onnx.save(with_constants(path, nodes), path)
    assert read_float(path).out_shape == (6, 6, 4)


def test_links_out_of_the_folder(tmp_path):
    secret, folder = tmp_path / "secret", tmp_path / "model"
    secret.write_bytes(np.ones(108, np.float32).tobytes())
    folder.mkdir()
    (folder / "weights").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path)
    model = small(folder / "net.onnx").model()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for location in ("weights", "up/secret", "../secret", str(secret)):
        del tensor.external_data[:]
        tensor.external_data.add(key="location", value=location)
        message = refusal(model, folder / "net.onnx")
        assert "data must lie in the folder of the model" in message
