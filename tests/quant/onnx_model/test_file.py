"""Files that are no models, or damaged ones."""

import numpy as np
import onnx
import pytest

from quant.onnx_io import ModelError, read_float
from quant.onnx_model.file import load_model
from tests.quant.onnx_models import ChainFile


@pytest.fixture
def file(tmp_path, rng):
    weights = rng.normal(size=(3, 2, 2, 2)).astype(np.float32)
    return ChainFile(tmp_path / "net.onnx", (2, 5, 4)).add("Conv", weights)


def refused(path, message):
    with pytest.raises(ModelError, match=message) as caught:
        read_float(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing(tmp_path):
    refused(tmp_path / "none.onnx", "no such file")


def test_folder(tmp_path):
    refused(tmp_path, "cannot be read")


@pytest.mark.parametrize("content", [b"", b"hello, this is no model", bytes(1000), b"\x08\x08"])
def test_not_onnx(tmp_path, content):
    path = tmp_path / "text.onnx"
    path.write_bytes(content)
    refused(path, "not an ONNX model, or a truncated one")


def test_truncated_anywhere(file):
    content = file.save().read_bytes()
    for end in range(0, len(content), 7):
        file.path.write_bytes(content[:end])
        refused(file.path, "ONNX model")


def test_tensor_of_another_size(file):
    model = file.model()
    model.graph.initializer[0].raw_data += b"more"
    onnx.save(model, file.path)
    refused(file.path, "tensor 'conv_0.1' is damaged|not a valid ONNX model")


def test_tensor_of_an_unknown_type(file):
    model = file.model()
    model.graph.initializer[0].data_type = 65
    onnx.save(model, file.path)
    refused(file.path, "tensor 'conv_0.1' is damaged|not a valid ONNX model")


@pytest.mark.parametrize("opset", [7, 10, 22])
def test_opset(file, opset):
    file.opset = opset
    refused(file.save(), f"opset must be from 11 to 21, not {opset}")


def test_external_data_beside_the_model(file, rng):
    onnx.save(
        file.model(), file.path, save_as_external_data=True, location="w.bin", size_threshold=0
    )
    assert read_float(file.path).out_shape == (4, 3, 3)
    (file.path.parent / "w.bin").unlink()
    refused(file.path, "data file 'w.bin' of tensor 'conv_0.1' is missing")


@pytest.mark.parametrize("location", ["../w.bin", "/w.bin", "a/../../w.bin", ""])
def test_external_data_elsewhere(file, location):
    model = file.model()
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    file.path.write_bytes(model.SerializeToString())
    refused(file.path, "but data must lie in the folder of the model")


def test_external_data_of_a_constant_within_a_node(file):
    tensor = onnx.numpy_helper.from_array(np.zeros(3, np.float32), "c")
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../w.bin")
    model = file.model()
    model.graph.node.append(onnx.helper.make_node("Constant", [], ["c"], value=tensor))
    file.path.write_bytes(model.SerializeToString())
    refused(file.path, "tensor 'c' lies in '../w.bin', but data must lie in the folder")


def test_truncated_external_data(file):
    onnx.save(
        file.model(), file.path, save_as_external_data=True, location="w.bin", size_threshold=0
    )
    data = file.path.parent / "w.bin"
    data.write_bytes(data.read_bytes()[:50])
    refused(file.path, "cannot be read|not a valid")


def test_shapes_that_do_not_fit(file, rng):
    file.add("Conv", rng.normal(size=(3, 4, 1, 1)).astype(np.float32))
    refused(file.save(), "its weights take 4 channels, but its input has 3")


def test_shapes_that_do_not_fit_together(file, rng):
    file.add("Flatten").add("Gemm", rng.normal(size=(5, 4)).astype(np.float32))
    refused(file.save(), "shapes do not fit together")


def test_norm_of_other_channels(file):
    file.add("BatchNormalization", *np.ones((4, 2), np.float32), name="bn")
    refused(file.save(), r"shapes do not fit together \(Inference error.*bn.*between 2 and 3\)")


def test_invalid_graph(file):
    file.add("Relu", "nowhere")
    refused(file.save(), "not a valid ONNX model")


@pytest.mark.parametrize("in_dims", [("c", 5, 4), (2, 5, "w"), (2, 5)])
def test_input_shape(file, in_dims):
    file.in_dims[1:] = in_dims
    refused(file.save(), "must have shape|shapes do not fit")


def test_two_inputs(file):
    model = file.model()
    model.graph.input.append(
        onnx.helper.make_tensor_value_info("other", onnx.TensorProto.FLOAT, [1])
    )
    onnx.save(model, file.path)
    refused(file.path, "one input is allowed, but there are: input, other")


def test_integer_input(tmp_path):
    file = ChainFile(tmp_path / "net.onnx", (2, 5, 4)).add("MaxPool", kernel_shape=[2, 2])
    onnx.save(file.model(onnx.TensorProto.UINT8), file.path)
    refused(file.path, "input 'input' must be floating point")


def test_what_the_output_does_not_need_is_left_out(file, rng):
    model = file.add("Conv", rng.normal(size=(3, 3, 1, 1)).astype(np.float32), name="last").model()
    model.graph.output[0].name = "conv_0.out"
    onnx.save(model, file.path)
    assert [layer.name for layer in read_float(file.path).layers] == ["conv1"]


def test_only_operators_that_vanish(tmp_path):
    path = ChainFile(tmp_path / "net.onnx", (2, 5, 4)).add("Identity").save()
    refused(path, "no layer was found between the input and the output")


def test_functions_are_inlined(tmp_path):
    from onnx import helper

    body = helper.make_function(
        "local",
        "Pool",
        ["x"],
        ["y"],
        [helper.make_node("MaxPool", ["x"], ["y"], "inner", kernel_shape=[2, 2])],
        [helper.make_opsetid("", 17)],
    )
    file = ChainFile(tmp_path / "net.onnx", (2, 5, 4)).add("Pool", domain="local")
    model = file.model()
    model.functions.append(body)
    onnx.save(model, file.path)
    assert [node.op_type for node in load_model(file.path).graph.node] == ["MaxPool"]
    assert read_float(file.path).out_shape == (4, 3, 2)
