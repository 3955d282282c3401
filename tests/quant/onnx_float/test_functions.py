"""Functions and what folds, from ONNX, against ONNX Runtime."""

import numpy as np
import pytest

from quant.float_network.layers import FloatFunction
from quant.onnx_io import read_float
from tests.quant.onnx_models import DATA, kinds

FUNCTIONS = {
    "Clip": lambda f: f.add("Clip", np.float32(-1), np.float32(2.5)),
    "Elu": lambda f: f.add("Elu", alpha=0.5),
    "HardSigmoid": lambda f: f.add("HardSigmoid", alpha=1 / 6, beta=0.5),
    "HardSwish": lambda f: f.add("HardSwish"),
    "LeakyRelu": lambda f: f.add("LeakyRelu", alpha=0.125),
    "PRelu": lambda f: f.add("PRelu", np.array([0.25, -0.5], np.float32).reshape(2, 1, 1)),
    "PRelu one": lambda f: f.add("PRelu", np.float32([0.25])),
    "Sigmoid": lambda f: f.add("Sigmoid"),
    "Softplus": lambda f: f.add("Softplus"),
    "Tanh": lambda f: f.add("Tanh"),
    "negative": lambda f: f.add("Neg").add("Tanh").add("Mul", np.float32(0.5)),
    "two": lambda f: f.add("Tanh").add("Sigmoid"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(chain, weights, rng, name):
    assert kinds(FUNCTIONS[name](chain()), rng) == "Function"
    file = FUNCTIONS[name](chain().add("Conv", weights(2, 2, 1, 1)))
    assert kinds(file.add("Flatten").add("Gemm", weights(84, 2)), rng) == "Conv Function Dense"


def test_hard_swish_as_older_exporters_write_it(chain, weights, rng):
    file = chain().add("Conv", weights(3, 2, 1, 1))
    conv = file.head
    file.add("Add", np.float32(3)).add("Clip", np.float32(0), np.float32(6))
    file.add("Mul", conv, DATA).add("Div", np.float32(6))
    assert kinds(file.add("Conv", weights(2, 3, 1, 1)), rng) == "Conv Function Conv"


def test_relu6_as_keras_converters_write_it(chain, weights, rng):
    file = chain().add("Conv", 3 * weights(4, 2, 3, 3)).add("Relu").add("Min", np.float32(6), DATA)
    assert kinds(file.add("Max", np.float32(-1)).add("Min", np.float32(5)), rng) == "Conv Function"
    assert read_float(file.path).layers[0].cap == 6


def test_global_max_pool(chain, weights, rng):
    file = chain().add("Conv", weights(4, 2, 3, 3)).add("GlobalMaxPool").add("Relu")
    assert kinds(file, rng) == "Conv MaxPool"


def test_many_functions_in_a_row(chain, rng):
    file = chain()
    for _ in range(400):
        file.add("HardSwish")
    assert kinds(file, rng) == "Function"


def test_swish(chain, weights, rng):
    file = chain().add("Conv", weights(3, 2, 1, 1))
    conv = file.head
    assert kinds(file.add("Sigmoid").add("Mul", DATA, conv), rng) == "Conv Function"


@pytest.mark.parametrize("before", ["Conv", "MaxPool", "none", "GlobalAveragePool"])
def test_relu6(chain, weights, rng, before):
    file = chain()
    if before == "Conv":
        file.add("Conv", 3 * weights(4, 2, 3, 3)).add("MaxPool", kernel_shape=[2, 2])
    elif before != "none":
        file.add(before, **({"kernel_shape": [2, 2]} if before == "MaxPool" else {}))
    file.add("Clip", np.float32(0), np.float32(6))
    assert ("Function" in kinds(file, rng)) == (before != "Conv")


def test_slopes_become_powers_of_two(chain):
    for alpha, slope in ((0.01, 2.0**-7), (0.2, 0.25), (0.3, 0.25), (1e-9, 0)):
        (layer,) = read_float(chain().add("LeakyRelu", alpha=alpha).save()).layers
        assert isinstance(layer, FloatFunction)
        assert layer.function(np.array([-1.0, 2.0])).tolist() == [-slope, 2]


def test_what_has_no_neighbour_becomes_a_function(chain, weights, rng):
    norm = weights(2), weights(2), weights(2), np.abs(weights(2)) + 0.5
    assert kinds(chain().add("BatchNormalization", *norm), rng) == "Function"
    padded = chain().add("BatchNormalization", *norm)
    assert kinds(padded.add("Conv", weights(2, 2, 3, 3), pads=[1] * 4), rng) == "Function Conv"
    assert kinds(chain().add("Relu"), rng) == "Function"
    assert kinds(chain().add("Neg").add("MaxPool", kernel_shape=[2, 2]), rng) == "Function MaxPool"
    behind = chain().add("Conv", weights(2, 2, 1, 1)).add("Relu").add("BatchNormalization", *norm)
    assert kinds(behind, rng) == "Conv Function"


def test_relu_of_a_conv_that_goes_on(chain, weights, rng):
    file = chain().add("Conv", weights(2, 2, 1, 1))
    conv = file.head
    file.add("Relu").add("Conv", weights(2, 2, 1, 1)).add("Add", conv, DATA)
    assert kinds(file, rng) == "Conv Function Conv Add"


def test_relu_of_what_is_never_negative_vanishes(chain, weights, rng):
    file = chain().add("Conv", weights(2, 2, 1, 1)).add("Relu")
    head = file.head
    file.add("AveragePool", kernel_shape=[2, 2]).add("Relu")
    file.add("AveragePool", head, kernel_shape=[2, 2]).add("Concat", DATA, "relu_3.out", axis=1)
    assert kinds(file.add("Relu"), rng) == "Conv AveragePool AveragePool Concat"
