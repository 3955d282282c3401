"""Float ONNX against ONNX Runtime, whatever folds; and what is refused, by its sentence."""

import numpy as np
import onnx
import pytest

from quant.onnx_io import ModelError, check_operators, read_float
from tests.quant.onnx_models import DATA, ChainFile, run_float


@pytest.fixture
def norm(rng):
    """Inputs of a batch norm of so many channels; some scales negative."""

    def draw(channels):
        values = rng.normal(size=(4, channels)).astype(np.float32)
        return values[0], values[1], values[2], np.abs(values[3]) + 0.5

    return draw


def positive(inputs):
    return np.abs(inputs[0]), *inputs[1:]


def same(path, rng):
    """Assert that the network read gives what ONNX Runtime gives; returns the network."""
    network = read_float(path)
    values = rng.normal(size=(5, *network.in_shape)).astype(np.float32)
    wanted = run_float(path, values)
    np.testing.assert_allclose(network.infer(values), wanted, rtol=1e-3, atol=1e-4)
    return network


def names(network):
    return [layer.name for layer in network.layers]


@pytest.mark.parametrize("opset", [11, 13, 17, 21])
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"pads": [1, 0, 2, 1], "strides": [2, 1]},
        {"auto_pad": "SAME_UPPER", "strides": [2, 3]},
        {"auto_pad": "SAME_LOWER"},
        {"auto_pad": "VALID", "strides": [3, 1]},
    ],
)
def test_conv(chain, weights, rng, opset, attributes):
    file = chain(opset=opset).add("Conv", weights(4, 2, 3, 2), weights(4), **attributes)
    assert names(same(file.save(), rng)) == ["conv1"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"strides": [2, 2]},
        {"pads": [1, 0, 1, 1]},
        {"strides": [3, 2], "ceil_mode": 1},
        {"pads": [1, 1, 1, 1], "strides": [3, 2], "ceil_mode": 1},
        {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
    ],
)
def test_max_pool(chain, rng, attributes):
    file = chain().add("MaxPool", kernel_shape=[3, 2], **attributes)
    assert names(same(file.save(), rng)) == ["pool1"]


@pytest.mark.parametrize("trans", [0, 1])
@pytest.mark.parametrize("extra", [{}, {"alpha": 0.5, "beta": 2.0}])
def test_gemm(chain, weights, rng, trans, extra):
    shape = (3, 5) if trans else (5, 3)
    file = chain((5,)).add("Gemm", weights(*shape), weights(3), transB=trans, **extra)
    same(file.save(), rng)


def test_dense_behind_flatten_changes_the_order_of_its_weights(chain, weights, rng):
    file = chain().add("Flatten", axis=1).add("MatMul", weights(84, 4)).add("Add", weights(4))
    network = same(file.add("Relu").add("Gemm", weights(4, 3)).save(), rng)
    assert names(network) == ["dense1", "dense2"]


@pytest.mark.parametrize("target", [[-1, 84], [0, -1], [1, 84]])
@pytest.mark.parametrize("batch", ["batch", 1])
def test_reshape_that_flattens(chain, weights, rng, target, batch):
    file = chain(batch=batch).add("Reshape", np.array(target)).add("Gemm", weights(84, 3))
    network = read_float(file.save())
    values = rng.normal(size=(1, *network.in_shape)).astype(np.float32)
    wanted = run_float(file.path, values)
    np.testing.assert_allclose(network.infer(values), wanted, rtol=1e-3, atol=1e-4)


def test_reshape_whose_target_is_computed_from_the_shape(chain, weights, rng):
    file = chain().add("Conv", weights(2, 2, 1, 1))
    head = file.head
    file.add("Shape").add("Gather", np.array(0), axis=0).add("Unsqueeze", np.array([0]))
    file.add("Concat", DATA, np.array([-1]), axis=0)
    file.add("Reshape", head, DATA).add("Gemm", weights(84, 3))
    same(file.save(), rng)


def test_pixels_lost_in_four_dimensions(chain, weights, rng):
    file = chain((6, 1, 1)).add("Reshape", np.array([-1, 6, 1, 1])).add("Conv", weights(3, 6, 1, 1))
    same(file.add("Squeeze", np.array([2, 3])).add("Gemm", weights(3, 2)).save(), rng)


@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [1, 1, 1, 1]])
def test_batch_norm_behind_conv(chain, weights, norm, rng, pads):
    file = chain().add("Conv", weights(4, 2, 3, 3), weights(4), pads=pads)
    file.add("BatchNormalization", *norm(4)).add("Relu").add("Conv", weights(3, 4, 2, 2))
    assert names(same(file.save(), rng)) == ["conv1", "conv2"]


def test_batch_norm_before_conv_without_padding(chain, weights, norm, rng):
    file = chain().add("Conv", weights(4, 2, 3, 3)).add("Relu")
    file.add("BatchNormalization", *norm(4)).add("Conv", weights(3, 4, 2, 2), weights(3))
    assert names(same(file.save(), rng)) == ["conv1", "conv2"]


def test_batch_norm_around_dense(chain, weights, norm, rng):
    file = chain((6,)).add("BatchNormalization", *norm(6)).add("Gemm", weights(6, 5))
    file.add("BatchNormalization", *norm(5)).add("Relu").add("BatchNormalization", *norm(5))
    assert names(same(file.add("Gemm", weights(5, 3)).save(), rng)) == ["dense1", "dense2"]


def test_batch_norm_passes_a_max_pool_forwards_and_backwards(chain, weights, norm, rng):
    file = chain().add("Conv", weights(4, 2, 3, 3)).add("MaxPool", kernel_shape=[2, 2])
    file.add("BatchNormalization", *positive(norm(4))).add("Relu")
    file.add("BatchNormalization", *positive(norm(4)))
    file.add("MaxPool", kernel_shape=[2, 2], pads=[1, 0, 0, 1]).add("Flatten")
    network = same(file.add("Gemm", weights(48, 3)).save(), rng)
    assert names(network) == ["conv1", "pool1", "pool2", "dense1"]


def test_negative_scale_behind_a_max_pool_folds_forwards(chain, weights, norm, rng):
    scale, *rest = norm(4)
    file = chain().add("Conv", weights(4, 2, 3, 3)).add("MaxPool", kernel_shape=[2, 2])
    file.add("BatchNormalization", -np.abs(scale), *rest).add("Conv", weights(3, 4, 2, 2))
    same(file.save(), rng)


def test_values_per_feature_behind_a_flatten_fold_into_the_dense_layer(chain, weights, rng):
    file = chain().add("Conv", weights(3, 2, 2, 2)).add("Flatten")
    file.add("Mul", weights(90)).add("Add", weights(1, 90)).add("Gemm", weights(90, 3))
    same(file.save(), rng)


@pytest.mark.parametrize("opset", [11, 17])
def test_relu_spellings(chain, weights, rng, opset):
    file = chain(opset=opset).add("Conv", weights(4, 2, 3, 3)).add("MaxPool", kernel_shape=[2, 2])
    file.add("Clip", np.float32(0)).add("Relu")
    network = same(file.save(), rng)
    assert network.layers[0].relu


def test_input_normalisation(chain, weights, rng):
    per_channel = weights(2, 1, 1)
    file = chain().add("Sub", per_channel).add("Div", np.abs(weights(1, 2, 1, 1)) + 1)
    file.add("Mul", np.float32(3)).add("Add", np.array([0.5], np.float32))
    same(file.add("Conv", weights(4, 2, 3, 3)).save(), rng)


def test_constant_first(chain, weights, rng):
    file = chain().add("Sub", weights(2, 1, 1), DATA).add("Conv", weights(4, 2, 3, 3))
    same(file.add("Mul", np.float32(-2), DATA).save(), rng)


def test_scale_alone_folds_into_a_padded_conv(chain, weights, rng):
    file = chain().add("Div", np.float32(255)).add("Conv", weights(4, 2, 3, 3), pads=[1] * 4)
    same(file.save(), rng)


def test_dropout_and_identity_vanish(chain, weights, rng):
    file = chain().add("Identity").add("Conv", weights(4, 2, 3, 3)).add("Dropout")
    assert names(same(file.save(), rng)) == ["conv1"]


def test_constants_that_are_computed(chain, weights, rng):
    file = chain((5,))
    turned = onnx.helper.make_node("Transpose", ["w"], ["w.turned"], perm=[1, 0])
    file.initializers.append(onnx.numpy_helper.from_array(weights(3, 5), "w"))
    file.nodes.append(turned)
    same(file.add("MatMul", DATA, "w.turned").save(), rng)


def test_double_and_half_weights(tmp_path, weights):
    for dtype, kind in ((np.float64, "DOUBLE"), (np.float16, "FLOAT16")):
        file = ChainFile(tmp_path / "net.onnx", (5,)).add("Gemm", weights(5, 3).astype(dtype))
        onnx.save(file.model(getattr(onnx.TensorProto, kind)), file.path)
        assert read_float(file.path).out_shape == (1, 1, 3)


REFUSED = {
    "kernel": (
        lambda f, w, n: f.add("MaxPool", kernel_shape=[2, 2], strides=[5, 5]),
        "Stride must be from 1 to 4",
    ),
    "operator": (
        lambda f, w, n: f.add("ConvTranspose", w(2, 4, 3, 3), name="up"),
        "ConvTranspose 'up': this operator is not supported; .*; use a Resize by 2 and a conv",
    ),
    "nan": (
        lambda f, w, n: f.add("Conv", w(4, 2, 3, 3) * np.float32("nan")),
        "Conv 'conv_0': a weight is NaN or infinite",
    ),
    "dense on pixels": (
        lambda f, w, n: f.add("MatMul", w(6, 4)),
        r"a dense layer needs an input of shape \(n, features\)",
    ),
    "reshape": (
        lambda f, w, n: f.add("Reshape", np.array([-1, 7, 12])),
        r"not turn shape \(1, 2, 7, 6\) into \(1, 7, 12\)",
    ),
    "channels": (
        lambda f, w, n: f.add("Conv", w(4, 3, 2, 2)),
        "its weights take 3 channels, but its input has 2",
    ),
    "operand": (
        lambda f, w, n: f.add("Add", w(2, 7, 6)),
        "differs from pixel to pixel, can only fold into a dense layer",
    ),
    "square": (
        lambda f, w, n: f.add("Conv", w(2, 2, 1, 1)).add("Mul", DATA, "input"),
        "it multiplies two activations, but only functions of one and the same can be",
    ),
    "division": (
        lambda f, w, n: f.add("Div", np.float32(1), DATA),
        "a division must be by a constant other than zero",
    ),
    "training": (
        lambda f, w, n: f.add("Dropout", np.float32(0.5), np.array(True)),
        "dropout is in training mode; call model.eval",
    ),
    "variance": (
        lambda f, w, n: f.add("BatchNormalization", w(2), w(2), w(2), np.full(2, -1, "f")),
        "a variance is not positive",
    ),
    "indices": (
        lambda f, w, n: f.add("MaxPool", kernel_shape=[2, 2], n_outputs=2),
        "indices of the maxima are not supported",
    ),
    "foreign domain": (
        lambda f, w, n: f.add("Relu", domain="com.example"),
        "this operator is not supported",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(chain, weights, norm, case):
    build, message = REFUSED[case]
    path = build(chain(), weights, norm).save()
    with pytest.raises(ModelError, match=message) as caught:
        read_float(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [verdict.status for verdict in check_operators(path)].count("refused") == 1


def test_weights_that_come_from_the_input(chain):
    path = chain((4,)).add("MatMul", DATA, "input").save
    with pytest.raises(ModelError):
        read_float(path())


def test_check_judges_every_node(chain, weights):
    file = (
        chain()
        .add("Conv", weights(4, 2, 3, 3), group=1)
        .add("LpNormalization")
        .add("MaxPool", kernel_shape=[2, 2])
        .add("GlobalLpPool")
        .add("Flatten")
        .add("Gemm", weights(4, 3))
        .add("Softmax")
    )
    verdicts = check_operators(file.save())
    assert [(verdict.op, verdict.status) for verdict in verdicts] == [
        ("Conv", "ok"),
        ("LpNormalization", "refused"),
        ("MaxPool", "ok"),
        ("GlobalLpPool", "refused"),
        ("Flatten", "ok"),
        ("Gemm", "ok"),
        ("Softmax", "ok"),
    ]
    assert all(bool(v.reason) == bool(v.fix) == (v.status == "refused") for v in verdicts)
