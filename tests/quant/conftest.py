"""The networks that ship, quantized once."""

import functools

import pytest

from quant import zoo


@pytest.fixture(scope="session")
def quantized_lenet5():
    """Function of bits and act_width to the quantized LeNet-5."""

    @functools.cache
    def load(bits=4, act_width=8):
        return zoo.load_quantized("lenet5", bits=bits, act_width=act_width)

    return load
