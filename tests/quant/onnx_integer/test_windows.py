"""Groups, dilation, padding and concatenation of integer files, as the runtime has them."""

import numpy as np
import onnxruntime
import pytest
from onnxruntime import quantization

from quant.onnx_io import read_quantized
from tests.quant.onnx_integer.test_reader import ZERO, IntegerFile, agree, conv, scale
from tests.quant.onnx_models import DATA, ChainFile
from tests.quant.test_onnx_io import LEVELS, frames


@pytest.fixture
def file(tmp_path, rng):
    return IntegerFile(tmp_path / "q.onnx", (4, 7, 6), rng)


@pytest.mark.parametrize(
    ("c_in", "c_out", "attributes", "kind"),
    [
        (4, 5, {"dilations": [2, 1]}, "conv2d"),
        (4, 3, {"dilations": [3, 4], "pads": [2, 1, 3, 0]}, "conv2d"),
        (2, 6, {"group": 2, "pads": [1, 0, 0, 1]}, "conv2d"),
        (1, 8, {"group": 4}, "conv2d"),
        (1, 4, {"group": 4, "dilations": [2, 3]}, "depthwise_conv2d"),
        (4, 2, {"auto_pad": "SAME_UPPER", "strides": [2, 1]}, "conv2d"),
        (4, 2, {"auto_pad": "SAME_LOWER"}, "conv2d"),
        (4, 2, {"auto_pad": "VALID"}, "conv2d"),
    ],
)
def test_convolutions(file, rng, c_in, c_out, attributes, kind):
    conv(file, c_in, c_out, **attributes)
    network = agree(file.save(), rng)
    assert [node.layer.kind for node in network.nodes] == [kind]


def test_signs_alone_get_a_zero_where_no_weight_is(file, rng):
    file.levels = lambda *shape: rng.choice([-1, 1], shape).astype(np.int8)
    conv(file, 2, 4, group=2, bias=False)
    assert agree(file.save(), rng).nodes[0].layer.codebook.name == "power-of-two:1"


@pytest.mark.parametrize("auto_pad", ["NOTSET", "SAME_UPPER", "SAME_LOWER"])
def test_pool_that_ends_behind_the_image(file, rng, auto_pad):
    mode = {"ceil_mode": 1} if auto_pad == "NOTSET" else {"auto_pad": auto_pad}
    conv(file, 4, 3, kernel=(1, 1))
    file.add("MaxPool", DATA, kernel_shape=[2, 3], strides=[2, 2], **mode)
    assert agree(file.save(), rng).out_shape[:2] == (4, 3)


def test_concatenation(file, rng):
    fork = conv(file, 4, 3, kernel=(1, 1)).head
    file.add(
        "QLinearConv", fork, scale(-3), ZERO, file.levels(2, 3, 1, 1), scale(-5), np.int8(0),
        scale(-2), ZERO,
    )  # fmt: skip
    inputs = [scale(-2), ZERO, DATA, scale(-2), ZERO, fork, scale(-3), ZERO]
    file.add("QLinearConcat", *inputs, domain="com.microsoft", axis=1)
    network = agree(file.save(), rng)
    assert [node.layer.kind for node in network.nodes] == ["conv2d", "conv2d", "concat"]
    assert network.nodes[2].inputs == (network.nodes[1].name, network.nodes[0].name)


@pytest.mark.parametrize("form", ["QDQ", "QOperator"])
def test_graph_of_the_runtimes_own_quantizer(rng, tmp_path, form):
    """Scales that are told to be powers of two; the quantizer does the rest."""

    def weights(*shape):
        return np.float32(rng.choice([-1, -0.5, -0.25, 0, 0.25, 0.5, 1], shape))

    file = ChainFile(tmp_path / "float.onnx", (2, 9, 8), batch=1)
    file.add("Conv", weights(4, 2, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2]).add("Relu")
    fork = file.head
    left = file.add("Conv", weights(4, 2, 3, 3), group=2, pads=[1] * 4).add("Relu").head
    file.add("Conv", fork, weights(3, 4, 3, 3), dilations=[2, 2], pads=[2] * 4)
    file.add("Clip", DATA, np.float32(0), np.float32(3e38))
    file.add("Concat", left, DATA, axis=1)
    file.add("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1).save()
    zero = {"zero_point": np.array(ZERO)}
    overrides = {
        name: [{"scale": np.array(scale(-6 if name == "input" else -3)), **zero}]
        for name in ("input", *(node.output[0] for node in file.nodes))
    }
    for node in file.nodes:
        if node.op_type == "Conv":
            levels = {"scale": np.array(scale(-6)), "zero_point": np.array(0, np.int8)}
            overrides[node.input[1]] = [levels]

    class Samples(quantization.CalibrationDataReader):
        def __init__(self):
            self.left = [{"input": rng.random((1, 2, 9, 8)).astype(np.float32)}]

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
    kinds = [node.layer.kind for node in network.nodes]
    assert kinds == ["conv2d", "conv2d", "conv2d", "concat", "max_pool"]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = LEVELS.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        tmp_path / "q.onnx", options, providers=["CPUExecutionProvider"]
    )
    for act in frames(rng, network, 30):
        values = np.float32(network.in_format.dequantize(act[None])).transpose(0, 3, 1, 2)
        (out,) = session.run(None, {"input": values})
        found = network.out_format.dequantize(network.infer(act[None])).transpose(0, 3, 1, 2)
        assert (found == out).all()
