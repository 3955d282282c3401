"""ONNX that cannot be built: one node is refused, by its sentence."""

import numpy as np
import onnx
import pytest

from quant.onnx_io import ModelError, check_operators, read_float
from tests.quant.onnx_models import DATA

REFUSED = {
    "kernel": (
        lambda f, w: f.add("Conv", w(2, 2, 7, 6), dilations=[2, 1], pads=[6, 0, 6, 0]),
        r"Kernel must be from 1 to 11 a side, not \(13, 6\)",
    ),
    "stride": (
        lambda f, w: f.add("AveragePool", kernel_shape=[5, 5], strides=[5, 5]),
        "Stride must be from 1 to 4",
    ),
    "transposed": (lambda f, w: f.add("ConvTranspose", w(2, 4, 3, 3)), "use a Resize by 2"),
    "pad": (
        lambda f, w: f.add("Pad", np.array([0, 0, 1, 1] * 2)).add("Sigmoid"),
        "a Pad must come right before a convolution or a pool",
    ),
    "reflect": (
        lambda f, w: f.add("Pad", np.array([0, 0, 1, 1] * 2), mode="reflect"),
        "must pad with zeros",
    ),
    "pad channels": (
        lambda f, w: f.add("Pad", np.array([0, 1, 0, 0] * 2)),
        "it may only add zeros to height and width",
    ),
    "pad before max": (
        lambda f, w: f.add("Pad", np.array([0, 0, 1, 1] * 2)).add("MaxPool", kernel_shape=[2, 2]),
        "before a max pool must follow a ReLU",
    ),
    "linear": (
        lambda f, w: f.add(
            "Resize", DATA, "", np.array([1, 1, 2, 2], np.float32), mode="linear"
        ),
        "mode must be nearest, not linear",
    ),
    "by 1.5": (
        lambda f, w: f.add("Resize", DATA, "", np.array([1, 1, 2, 1.5], np.float32)),
        "enlarge height and width by the same integer",
    ),
    "rounding": (
        lambda f, w: f.add(
            "Resize", DATA, "", np.array([1, 1, 2, 2], np.float32),
            coordinate_transformation_mode="asymmetric", nearest_mode="ceil",
        ),
        "does not repeat every pixel equally often",
    ),
    "crop": (
        lambda f, w: f.add("Slice", np.array([1]), np.array([4]), np.array([2])),
        "it cuts along another axis than channels",
    ),
    "stacked": (
        lambda f, w: f.add("Concat", DATA, DATA, axis=2),
        "it concatenates along another axis than channels",
    ),
    "softmax inside": (
        lambda f, w: f.add("Softmax", axis=1).add("Conv", w(2, 2, 1, 1)),
        "only at the end of the network",
    ),
    "gate": (
        lambda f, w: f.add("GlobalAveragePool").add("Sigmoid").add("Mul", "input", DATA),
        "it multiplies two activations",
    ),
    "broadcast": (
        lambda f, w: f.add("GlobalAveragePool").add("Add", "input", DATA),
        "must have one shape",
    ),
    "mean over channels": (
        lambda f, w: f.add("ReduceMean", axes=[1]),
        "it must reduce over height and width",
    ),
    "batch": (lambda f, w: f.add("Transpose", perm=[1, 0, 2, 3]), "perm must keep the batch"),
    "order": (
        lambda f, w: f.add("Transpose", perm=[0, 1, 3, 2]).add("Conv", w(2, 2, 3, 3)),
        r"a convolution needs an input of shape \(batch, channels, height, width\)",
    ),
    "max of two": (
        lambda f, w: f.add("Conv", w(2, 2, 1, 1)).add("Max", DATA, "input"),
        "it must take one activation and one constant",
    ),
    "global max": (
        lambda f, w: f.add("Resize", DATA, "", np.float32([1, 1, 2, 2])).add("GlobalMaxPool"),
        "Kernel must be from 1 to 11 a side",
    ),
    "cast": (lambda f, w: f.add("Cast", to=onnx.TensorProto.INT8), "it must be to floating point"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(chain, weights, case):
    build, message = REFUSED[case]
    path = build(chain(), weights).save(onnx.TensorProto.INT8 if case == "cast" else None)
    with pytest.raises(ModelError, match=message):
        read_float(path)
    assert [verdict.status for verdict in check_operators(path)].count("refused") == 1
