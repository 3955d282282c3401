"""ONNX operators against ONNX Runtime: forks, joins, layouts, what folds, what is refused."""

import numpy as np
import onnx
import pytest

from quant.onnx_float.operators import OPERATORS
from quant.onnx_io import operator_table, read_float
from tests.quant.onnx_models import DATA, kinds


@pytest.mark.parametrize("opset", [11, 13, 18, 21])
@pytest.mark.parametrize(
    ("c_out", "group", "attributes"),
    [
        (4, 4, {"pads": [1, 0, 2, 1], "strides": [2, 1]}),
        (8, 4, {"pads": [1] * 4}),
        (6, 2, {"dilations": [2, 1]}),
        (4, 4, {"dilations": [1, 3], "pads": [0, 3, 0, 3]}),
        (3, 1, {"dilations": [2, 2], "pads": [4, 2, 4, 2]}),
    ],
)
def test_groups_and_dilation(chain, weights, rng, opset, c_out, group, attributes):
    file = chain((4, 9, 8), opset=opset)
    file.add("Conv", weights(c_out, 4 // group, 3, 2), weights(c_out), group=group, **attributes)
    assert kinds(file, rng) == "Conv"


@pytest.mark.parametrize("group", [1, 2, 4])
def test_norm_folds_into_groups_from_both_sides(chain, weights, rng, group):
    norm = weights(4), weights(4), weights(4), np.abs(weights(4)) + 0.5
    file = chain((4, 5, 6)).add("BatchNormalization", *norm)
    file.add("Conv", weights(4, 4 // group, 3, 3), group=group).add("BatchNormalization", *norm)
    assert kinds(file, rng) == "Conv"


@pytest.mark.parametrize(
    "attributes",
    [
        {"strides": [2, 2]},
        {"pads": [1, 0, 1, 1]},
        {"pads": [1, 0, 1, 1], "count_include_pad": 1},
        {"strides": [3, 2], "ceil_mode": 1},
        {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
        {"auto_pad": "SAME_LOWER", "strides": [2, 2]},
    ],
)
def test_average_pool(chain, rng, attributes):
    assert (
        kinds(chain().add("AveragePool", kernel_shape=[3, 2], **attributes), rng) == "AveragePool"
    )


@pytest.mark.parametrize("count", [0, 1])
def test_pad_before_an_average_pool(chain, rng, count):
    file = chain().add("Pad", np.array([0, 0, 1, 1, 0, 0, 0, 1]))
    file.add("AveragePool", kernel_shape=[3, 2], count_include_pad=count)
    assert kinds(file, rng) == "AveragePool"


def test_pad_before_a_conv_and_a_max_pool(chain, weights, rng):
    file = chain(opset=18).add("Pad", np.array([1, 2, 0, 1]), np.float32(0), np.array([2, 3]))
    wired = file.nodes[-1]
    wired.input[:] = ["input", wired.input[1], wired.input[2], wired.input[3]]
    file.add("Conv", weights(3, 2, 3, 3), pads=[0, 0, 1, 1]).add("Relu")
    file.add("Pad", np.array([0, 0, 1, 1, 0, 0, 1, 1])).add("MaxPool", kernel_shape=[2, 2])
    assert kinds(file, rng) == "Conv MaxPool"


@pytest.mark.parametrize("opset", [13, 18])
@pytest.mark.parametrize("keepdims", [0, 1])
def test_means_over_the_image(chain, weights, rng, opset, keepdims):
    file = chain((3, 4, 5), opset=opset)
    if opset < 18:
        file.add("ReduceMean", axes=[2, 3], keepdims=keepdims)
    else:
        file.add("ReduceMean", np.array([-1, -2]), keepdims=keepdims)
    if keepdims:
        file.add("Flatten")
    assert kinds(file.add("Gemm", weights(3, 4)), rng) == "GlobalAveragePool Dense"


def test_norm_passes_a_mean(chain, weights, rng):
    file = chain().add("Mul", weights(2, 1, 1)).add("Add", weights(2, 1, 1))
    file.add("GlobalAveragePool").add("Conv", weights(3, 2, 1, 1))
    assert kinds(file, rng) == "GlobalAveragePool Conv"


@pytest.mark.parametrize("relu", [False, True])
def test_residual(chain, weights, rng, relu):
    file = chain().add("Conv", weights(3, 2, 3, 3), pads=[1] * 4).add("Relu")
    fork = file.head
    file.add("Conv", weights(3, 3, 3, 3), pads=[1] * 4).add("Relu")
    file.add("Conv", weights(3, 3, 3, 3), pads=[1] * 4).add("Add", DATA, fork)
    if relu:
        file.add("Relu").add("GlobalAveragePool")
    found = kinds(file, rng)
    assert found == "Conv Conv Conv Add" + " GlobalAveragePool" * relu
    assert read_float(file.path).layers[3].relu == relu


def test_norm_and_relu_behind_a_sum_that_goes_on(chain, weights, rng):
    file = chain().add("Conv", weights(3, 2, 1, 1))
    left = file.head
    file.add("Conv", "input", weights(3, 2, 1, 1)).add("Add", DATA, left)
    fork = file.head
    norm = weights(3), weights(3), weights(3), np.abs(weights(3)) + 0.5
    file.add("BatchNormalization", *norm).add("Relu")
    file.add("Conv", weights(3, 3, 3, 3), pads=[1] * 4).add("Sum", DATA, fork, left)
    assert kinds(file, rng) == "Conv Conv Add Function Conv Add"


def test_difference_of_activations(chain, weights, rng):
    file = chain().add("Conv", weights(2, 2, 1, 1))
    assert kinds(file.add("Sub", "input", DATA), rng) == "Conv Add"


def test_twice_the_same(chain, weights, rng):
    file = chain().add("Conv", weights(2, 2, 1, 1))
    file.add("Add", DATA, DATA).add("Conv", weights(2, 2, 1, 1))
    assert kinds(file, rng) == "Conv Conv"


@pytest.mark.parametrize("relu", [False, True])
def test_concat(chain, weights, rng, relu):
    file = chain().add("Conv", weights(1, 2, 1, 1)).add("Relu")
    left = file.head
    file.add("Conv", "input", weights(3, 2, 1, 1)).add("Concat", left, DATA, "input", axis=-3)
    if relu:
        file.add("Relu")
    assert kinds(file.add("Conv", weights(2, 6, 2, 2)), rng) == "Conv Conv Concat Conv"


def test_concat_of_features(chain, weights, rng):
    file = chain((4,)).add("Gemm", weights(4, 3)).add("Concat", DATA, "input", axis=1)
    assert kinds(file.add("Gemm", weights(7, 2)), rng) == "Dense Concat Dense"


@pytest.mark.parametrize("opset", [11, 13, 18])
def test_split(chain, weights, rng, opset):
    file = chain((5, 3, 3), opset=opset)
    sizes = {"split": [2, 3]} if opset < 13 else {}
    inputs = [] if opset < 13 else [np.array([2, 3])]
    file.add("Split", *inputs, name="cut", n_outputs=2, axis=1, **sizes)
    file.add("Conv", "cut.out1", weights(2, 3, 1, 1)).add("Add", DATA, "cut.out")
    assert kinds(file, rng) == "Slice Slice Conv Add"


def test_slice(chain, weights, rng):
    file = chain((5, 3, 3)).add("Slice", np.array([1, 0]), np.array([-1, 99]), np.array([1, 2]))
    assert kinds(file.add("Conv", weights(2, 3, 1, 1)), rng) == "Slice Conv"


def test_slice_with_one_channel_left(chain, weights, rng):
    file = chain((5, 3, 3)).add("Slice", np.array([4]), np.array([5]), np.array([-3]))
    assert kinds(file.add("Conv", weights(2, 1, 2, 2)), rng) == "Slice Conv"


RESIZES = [
    {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
    {"coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_floor"},
    {"coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_ceil"},
    {"coordinate_transformation_mode": "tf_half_pixel_for_nn", "nearest_mode": "floor"},
]


@pytest.mark.parametrize("attributes", RESIZES)
@pytest.mark.parametrize("factor", [2, 3])
def test_resize(chain, rng, attributes, factor):
    scales = np.array([1, 1, factor, factor], np.float32)
    file = chain().add("Resize", "input", "", scales, mode="nearest", **attributes)
    assert kinds(file, rng) == "Upsample"


def test_resize_to_sizes(chain, rng):
    file = chain(batch=5)
    file.add("Resize", "input", "", "", np.array([5, 2, 14, 12]), mode="nearest")
    assert read_float(file.save()).out_shape == (14, 12, 2)


def test_channels_last_throughout(chain, weights, rng):
    """What tf2onnx makes: transposes at both ends, the scale of the input before the first."""
    file = chain((7, 6, 2)).add("Mul", np.float32(0.5)).add("Sub", weights(1, 1, 2))
    file.add("Transpose", perm=[0, 3, 1, 2]).add("Conv", weights(3, 2, 3, 3)).add("Relu")
    file.add("Transpose", perm=[0, 2, 3, 1])
    fork = file.head
    file.add("Add", weights(3)).add("MatMul", weights(3, 4)).add("Add", weights(4))
    file.add("Concat", DATA, fork, axis=3)
    assert kinds(file, rng, last=True) == "Conv Conv Concat"


def test_channels_last_of_one_channel_and_flattened(chain, weights, rng):
    file = chain((7, 6, 1)).add("Reshape", np.array([-1, 1, 7, 6])).add("Conv", weights(3, 1, 3, 2))
    file.add("Transpose", perm=[0, 2, 3, 1]).add("Reshape", np.array([-1, 75]))
    assert kinds(file.add("MatMul", weights(75, 4)), rng, last=True) == "Conv Dense"


def test_mean_of_channels_last(chain, weights, rng):
    file = chain((7, 6, 2)).add("Transpose", perm=[0, 3, 1, 2]).add("Conv", weights(3, 2, 1, 1))
    file.add("Transpose", perm=[0, 2, 3, 1]).add("ReduceMean", axes=[1, 2], keepdims=0)
    assert (
        kinds(file.add("MatMul", weights(3, 4)), rng, last=True) == "Conv GlobalAveragePool Dense"
    )


@pytest.mark.parametrize("ops", [["Softmax"], ["LogSoftmax"], ["Softmax", "ArgMax"], ["ArgMax"]])
def test_end_is_left_to_the_host(chain, weights, rng, ops):
    file = chain((4,)).add("Gemm", weights(4, 3))
    for op in ops:
        file.add(op, axis=1)
    out_type = onnx.TensorProto.INT64 if ops[-1] == "ArgMax" else None
    network = read_float(file.save(out_type))
    assert network.host == tuple(ops)
    assert [layer.name for layer in network.layers] == ["dense1"]


def test_dead_branches_are_left_out(chain, weights, rng):
    file = chain().add("Conv", weights(3, 2, 1, 1))
    kept = file.head
    file.add("Relu").add("MaxPool", kernel_shape=[2, 2]).add("Conv", kept, weights(3, 3, 1, 1))
    assert kinds(file, rng) == "Conv Conv"


def test_table_of_operators():
    rows = operator_table()
    assert [row["op"] for row in rows] == sorted(OPERATORS)
    assert all(row["limits"] for row in rows)
