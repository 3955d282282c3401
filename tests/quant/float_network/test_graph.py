"""Float layers against naive loops."""

import numpy as np
import pytest

from quant.float_network.graph import FloatNetwork
from quant.float_network.pools import FloatMaxPool
from quant.float_network.weighted import FloatConv, FloatDense


def naive_windows(layer, values, fill):
    top, left, bottom, right = layer.padding
    padded = np.pad(values, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    k_h, k_w = layer.geometry.kernel
    for y, x in np.ndindex(layer.out_shape[:2]):
        y_0, x_0 = y * layer.stride[0], x * layer.stride[1]
        yield y, x, padded[:, y_0 : y_0 + k_h, x_0 : x_0 + k_w]


@pytest.mark.parametrize("relu", [False, True])
def test_conv_equals_loops(rng, relu):
    conv = FloatConv(
        name="conv",
        in_shape=(6, 5, 2),
        weights=rng.normal(size=(3, 2, 2, 4)),
        bias=rng.normal(size=4),
        relu=relu,
        stride=(2, 1),
        padding=(1, 0, 2, 1),
    )
    values = rng.normal(size=(3, 6, 5, 2))
    found = conv.apply(values)
    for y, x, window in naive_windows(conv, values, 0):
        wanted = np.einsum("nijk,ijko->no", window, conv.weights) + conv.bias
        np.testing.assert_allclose(found[:, y, x], np.maximum(wanted, 0) if relu else wanted)


def test_pool_equals_loops_and_padding_never_wins(rng):
    pool = FloatMaxPool(
        name="pool", in_shape=(5, 6, 2), kernel=(3, 2), stride=(2, 3), padding=(2, 1, 1, 0)
    )
    values = -rng.exponential(size=(3, 5, 6, 2)) - 1
    found = pool.apply(values)
    for y, x, window in naive_windows(pool, values, -np.inf):
        assert (found[:, y, x] == window.max(axis=(1, 2))).all()


def test_trace_goes_through_every_layer_in_batches(rng):
    dense = FloatDense(
        name="dense", in_shape=(2, 2, 3), weights=rng.normal(size=(12, 5)), bias=np.zeros(5)
    )
    pool = FloatMaxPool(name="pool", in_shape=(1, 1, 5), kernel=(1, 1))
    network = FloatNetwork("net", (dense, pool))
    values = rng.normal(size=(70, 2, 2, 3))
    trace = network.trace(values)
    assert list(trace) == ["dense", "pool"]
    np.testing.assert_allclose(trace["pool"][:, 0, 0], values.reshape(70, 12) @ dense.weights)
    assert network.infer(values[:0]).shape == (0, 1, 1, 5)


def test_wrong_samples(rng):
    pool = FloatMaxPool(name="pool", in_shape=(2, 2, 1), kernel=(1, 1))
    network = FloatNetwork("net", (pool,))
    with pytest.raises(ValueError, match=r"must have shape \(n, 2, 2, 1\), not \(1, 3, 2, 1\)"):
        network.infer(np.zeros((1, 3, 2, 1)))
    with pytest.raises(ValueError, match="Samples must be finite"):
        network.infer(np.full((1, 2, 2, 1), np.nan))
