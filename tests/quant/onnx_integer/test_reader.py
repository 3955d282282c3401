"""Integer ONNX made by others: taken as it is, ONNX Runtime agreeing; or the node in the way."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.onnx_io import ModelError, check_operators, is_quantized, read_quantized, write_quantized
from tests.quant.onnx_models import DATA, ChainFile
from tests.quant.test_onnx_io import LEVELS, frames, run_quantized, small_network

U8 = TensorProto.UINT8


class IntegerFile(ChainFile):
    """A model of quantized operators; zero points of activations are unsigned bytes."""

    def __init__(self, path, in_dims, rng):
        super().__init__(path, in_dims)
        self.rng = rng

    def levels(self, *shape):
        return self.rng.choice([-16, -4, -2, -1, 0, 1, 2, 4, 8], shape).astype(np.int8)

    def save(self):
        domains = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        graph = helper.make_graph(
            self.nodes,
            "integers",
            [helper.make_tensor_value_info("input", U8, self.in_dims)],
            [helper.make_tensor_value_info(self.head, U8, None)],
            self.initializers,
        )
        graph.output[0].type.tensor_type.shape.dim.add(dim_param="n")
        rank = 2 if self.nodes[-1].op_type in ("QLinearMatMul", "QGemm", "Flatten") else 4
        for n in range(rank - 1):
            graph.output[0].type.tensor_type.shape.dim.add(dim_param=f"d{n}")
        onnx.save(helper.make_model(graph, opset_imports=domains, ir_version=8), self.path)
        return self.path


def scale(exponent):
    return np.float32(2.0**exponent)


ZERO, MIDDLE = np.uint8(0), np.uint8(128)


@pytest.fixture
def file(tmp_path, rng):
    return IntegerFile(tmp_path / "q.onnx", (3, 7, 6), rng)


def agree(path, rng, offset=0):
    """Assert that the network gives what ONNX Runtime gives for the file."""
    network = read_quantized(path)
    act = frames(rng, network, 300)
    (out,) = run_quantized(path, act, LEVELS.ORT_DISABLE_ALL).values()
    assert (network.infer(act) == out.astype(np.int64) - offset).all()
    write_quantized(network, path.with_name("again.onnx"))
    (out,) = run_quantized(path.with_name("again.onnx"), act, LEVELS.ORT_ENABLE_ALL).values()
    assert (network.infer(act) == out).all()
    return network


def conv(file, c_in, c_out, out_zero=ZERO, kernel=(3, 2), bias=True, **attributes):
    scales = np.float32(2.0 ** file.rng.integers(-8, -4, c_out))
    inputs = [DATA, scale(-4), ZERO, file.levels(c_out, c_in, *kernel), scales]
    inputs += [np.zeros(c_out, np.int8), scale(-3), out_zero]
    if bias:
        inputs.append(file.rng.integers(-900, 900, c_out).astype(np.int32))
    return file.add("QLinearConv", *inputs, **attributes)


@pytest.mark.parametrize("bias", [False, True])
def test_qlinear_conv(file, rng, bias):
    conv(file, 3, 4, bias=bias, pads=[1, 0, 2, 1], strides=[2, 1])
    network = agree(file.save(), rng)
    assert network.in_format == ActFormat(8, 4, signed=False)
    assert [verdict.status for verdict in check_operators(file.path)] == ["ok"]
    assert {verdict.status for verdict in check_operators(file.path.with_name("again.onnx"))} == {
        "ok"
    }
    assert network.nodes[0].layer.codebook in map(PowerOfTwo, (2, 3))


def test_zero_point_in_the_middle_is_a_signed_activation(file, rng):
    conv(file, 3, 4, MIDDLE)
    path = file.save()
    assert agree(path, rng, 128).out_format == ActFormat(8, 3, signed=True)


def test_qlinear_depthwise_and_matmul(file, rng):
    conv(file, 1, 3, group=3).add("Flatten", DATA, axis=1)
    weights = file.levels(75, 5)
    file.add(
        "QLinearMatMul", DATA, scale(-3), ZERO, weights, scale(-5), np.int8(0), scale(-2), ZERO
    )
    network = agree(file.save(), rng)
    assert [node.layer.kind for node in network.nodes] == ["depthwise_conv2d", "dense"]


def test_weights_of_another_zero_point(file, rng):
    weights = (file.levels(4, 3, 1, 1).astype(int) + 128).astype(np.uint8)
    file.add(
        "QLinearConv", DATA, scale(-4), ZERO, weights, scale(-6), np.uint8(128), scale(-4), ZERO
    )
    agree(file.save(), rng)


def test_microsoft_operators(file, rng):
    conv(file, 3, 4, kernel=(1, 1)).add("MaxPool", DATA, kernel_shape=[2, 2])
    pool = file.head
    inputs = [pool, scale(-3), ZERO, pool, scale(-3), ZERO, scale(-2), ZERO]
    file.add("QLinearAdd", *inputs, domain="com.microsoft")
    file.add("Flatten", DATA, axis=1)
    inputs = [DATA, scale(-2), ZERO, file.levels(5, 120), scale(-6), np.int8(0)]
    inputs += [file.rng.integers(-900, 900, 5).astype(np.int32), scale(-1), ZERO]
    file.add("QGemm", *inputs, transB=1, domain="com.microsoft")
    network = agree(file.save(), rng)
    kinds = [node.layer.kind for node in network.nodes]
    assert kinds == ["conv2d", "max_pool", "add", "dense"]


@pytest.mark.parametrize("width", [8, 5])
def test_own_file_without_its_metadata(rng, tmp_path, width):
    network = small_network(rng, ActFormat(8, 8, False), ActFormat(width, 3, False), PowerOfTwo(3))
    path = tmp_path / "q.onnx"
    write_quantized(network, path)
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, path)
    assert is_quantized(path)
    again = read_quantized(path)
    act = frames(rng, network, 50)
    assert (again.infer(act) == network.infer(act)).all()
    assert [n.layer.out_format for n in again.nodes] == [n.layer.out_format for n in network.nodes]


def test_qdq_of_a_float_model(rng, tmp_path):
    """A residual with its input quantized in the file, as quantization tools write it."""
    file = ChainFile(tmp_path / "q.onnx", (2, 6, 5))
    act = {"scale": scale(-4), "zero": ZERO}

    def requantize(**changes):
        values = act | changes
        file.add("QuantizeLinear", DATA, values["scale"], values["zero"])
        file.add("DequantizeLinear", DATA, values["scale"], values["zero"])

    def weighted(op, shape, **attributes):
        head = file.head
        weights = rng.choice([-64, -32, -16, 0, 16, 32, 64], shape).astype(np.int8)
        scales = np.float32(2.0 ** rng.integers(-9, -6, shape[0]))
        bias = (16 * rng.integers(-40, 40, shape[0])).astype(np.int32)
        stored = {"weights": (weights, scales), "bias": (bias, scales * act["scale"])}
        for part, (integers, units) in stored.items():
            name = f"{op}.{part}"
            file.initializers.append(numpy_helper.from_array(integers, name))
            file.add("DequantizeLinear", name, units, axis=0)
            stored[part] = file.head
        file.add(op, head, stored["weights"], stored["bias"], **attributes)

    requantize()
    fork = file.head
    weighted("Conv", (2, 2, 3, 3), pads=[1] * 4)
    file.add("Relu")
    requantize()
    file.add("Add", DATA, fork)
    requantize()
    file.add("Concat", DATA, fork, axis=1)
    requantize()
    file.add("Flatten")
    weighted("Gemm", (3, 120), transB=1)
    requantize(scale=scale(-2), zero=MIDDLE)
    path = file.save()
    network = read_quantized(path)
    assert [node.layer.kind for node in network.nodes] == ["conv2d", "add", "concat", "dense"]
    assert network.nodes[0].layer.codebook == PowerOfTwo(2)
    act_in = frames(rng, network, 300)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = LEVELS.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    values = np.float32(network.in_format.dequantize(act_in)).transpose(0, 3, 1, 2)
    (out,) = session.run(None, {"input": values})
    assert (network.out_format.dequantize(network.infer(act_in))[:, 0, 0] == out).all()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda f: f.add(
                "QLinearConv", DATA, np.float32(0.3), ZERO, f.levels(4, 3, 1, 1), scale(-6),
                np.int8(0), scale(-4), ZERO, name="first",
            ),
            "QLinearConv 'first': its scale must be a power of two, not 0.3",
        ),
        (
            lambda f: f.add(
                "QLinearConv", DATA, scale(-4), ZERO, np.full((4, 3, 1, 1), 5, np.int8), scale(-6),
                np.int8(0), scale(-4), ZERO,
                np.ones(4, np.int32),
            ),
            "its weight 5 is no power of two; quantize the float model with shiftconv",
        ),
        (
            lambda f: f.add(
                "QLinearConv", DATA, scale(-4), np.uint8(3), f.levels(4, 3, 1, 1), scale(-6),
                np.int8(0), scale(-4), ZERO,
            ),
            "the zero point 3 of an activation must be the lowest integer or the middle",
        ),
        (
            lambda f: conv(f, 2, 4, group=2),
            "group must divide the channels, not be 2 for 3 of the input and 4 of the output",
        ),
        (
            lambda f: conv(conv(f, 3, 3, kernel=(1, 1)), 3, 3, kernel=(1, 1)),
            "its scale and zero point must be those of its input",
        ),
        (
            lambda f: conv(f, 3, 4).add("LeakyRelu", DATA, name="leaky"),
            "LeakyRelu 'leaky': this operator is not supported in an integer model; supported are",
        ),
    ],
)  # fmt: skip
def test_refused(file, build, message):
    build(file)
    path = file.save()
    with pytest.raises(ModelError, match=message) as caught:
        read_quantized(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [verdict.status for verdict in check_operators(path)].count("refused") == 1


def test_float_output_is_refused(file, rng):
    conv(file, 3, 4)
    file.add("DequantizeLinear", DATA, scale(-3), ZERO).add("GlobalMaxPool")
    with pytest.raises(ModelError, match="not supported in an integer model"):
        read_quantized(file.save())


@pytest.mark.parametrize("form", ["QDQ", "QOperator"])
def test_file_of_the_runtimes_own_quantizer(rng, tmp_path, form):
    """Scales that are told to be powers of two; the quantizer does the rest."""
    quantization = pytest.importorskip("onnxruntime.quantization")
    weights = rng.choice([-1, -0.5, -0.25, 0, 0.25, 0.5, 1], (4, 2, 3, 3)).astype(np.float32)
    file = ChainFile(tmp_path / "float.onnx", (2, 6, 5))
    file.add("Conv", weights, np.zeros(4, np.float32), name="conv").add("Relu")
    file.add("MaxPool", kernel_shape=[2, 2]).save()
    tensors = {"input": -6, "conv.out": -3, file.nodes[1].output[0]: -3, file.head: -3}
    overrides = {
        name: [{"scale": np.array(scale(e)), "zero_point": np.array(ZERO)}]
        for name, e in tensors.items()
    }
    overrides["conv.1"] = [{"scale": np.array(scale(-6)), "zero_point": np.array(0, np.int8)}]

    class Samples(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = [{"input": rng.random((1, 2, 6, 5)).astype(np.float32)}]

        def get_next(self):
            return self.left.pop() if self.left else None

    quantization.quantize_static(
        file.path,
        tmp_path / "q.onnx",
        Samples(),
        quant_format=quantization.QuantFormat[form],
        extra_options={"TensorQuantOverrides": overrides, "ForceQuantizeNoInputCheck": True},
    )
    network = read_quantized(tmp_path / "q.onnx")
    assert network.nodes[0].layer.codebook.name == "power-of-two:2"
    act = frames(rng, network, 200)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = LEVELS.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        tmp_path / "q.onnx", options, providers=["CPUExecutionProvider"]
    )
    values = np.float32(network.in_format.dequantize(act)).transpose(0, 3, 1, 2)
    (out,) = session.run(None, {"input": values})
    found = network.out_format.dequantize(network.infer(act)).transpose(0, 3, 1, 2)
    assert (found == out).all()
