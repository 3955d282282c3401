"""Patches of float layers with weights: all of them, some of them, their sum."""

import numpy as np
import pytest

from quant.float_network.layers import in_batches
from quant.float_network.weighted import FloatConv, FloatDense

LAYERS = {
    "plain": FloatConv(
        name="c", in_shape=(5, 4, 3), weights=np.ones((3, 2, 3, 2)), bias=np.zeros(2),
        padding=(1, 0, 1, 1),
    ),
    "groups, dilation, stride": FloatConv(
        name="c", in_shape=(7, 8, 4), weights=np.ones((2, 3, 2, 6)), bias=np.zeros(6),
        padding=(1, 2, 0, 1), stride=(2, 1), dilation=(2, 3), groups=2,
    ),
    "dense": FloatDense(name="d", in_shape=(2, 3, 2), weights=np.ones((12, 3)), bias=np.zeros(3)),
}  # fmt: skip


@pytest.fixture(params=LAYERS.values(), ids=LAYERS)
def layer(request):
    return request.param


def test_some_patches_and_their_sum(layer, rng):
    values = rng.integers(-9, 9, (3, *layer.in_shape)).astype(float)
    patches = layer.patches(values)
    assert patches.shape[::2] == (layer.n_groups, layer.taps.shape[1])
    assert np.array_equal(layer.patches(values, 4), patches[:, ::4])
    assert np.array_equal(layer.tap_sums(values), patches.sum(axis=1, keepdims=True))


def test_in_batches_gives_rows_in_order(layer, rng):
    values = rng.normal(size=(70, *layer.in_shape))
    rows = in_batches(lambda some: layer.patches(some)[0], values)
    assert np.array_equal(rows, layer.patches(values)[0])
    assert in_batches(lambda some: some, values[:0]).size == 0
