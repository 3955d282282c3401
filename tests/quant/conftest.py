"""The networks that ship, quantized once; small float files."""

import functools

import numpy as np
import pytest

from quant import zoo
from tests.quant.onnx_models import ChainFile


@pytest.fixture(scope="session")
def quantized_lenet5():
    """Function of bits and act_width to the quantized LeNet-5."""

    @functools.cache
    def load(bits=4, act_width=8):
        return zoo.load_quantized("lenet5", bits=bits, act_width=act_width)

    return load


@pytest.fixture
def chain(tmp_path):
    def start(in_dims=(2, 7, 6), **changes):
        return ChainFile(tmp_path / "net.onnx", in_dims, **changes)

    return start


@pytest.fixture
def weights(rng):
    def draw(*shape):
        return rng.normal(size=shape).astype(np.float32)

    return draw
