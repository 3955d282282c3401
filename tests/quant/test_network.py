"""Layers in a graph: what fits together, what goes in, what comes out."""

import numpy as np
import pytest

from quant.fixed_point import ActFormat
from quant.layers.max_pool import MaxPool
from quant.network import BATCH, INPUT, Network, Node
from tests.quant.layers.test_layers import random_add, random_conv, random_dense

PLAIN = {"in_format": ActFormat(8, 4, signed=False)}


@pytest.fixture
def network(rng):
    conv = random_conv(rng)
    pool = MaxPool(in_shape=conv.out_shape, in_format=conv.out_format, kernel=(2, 2))
    dense = random_dense(rng, shape=pool.out_shape, in_format=pool.out_format)
    return Network("small", (Node("a", conv), Node("b", pool), Node("c", dense)))


def test_infer_is_the_last_of_trace(network, rng):
    act = rng.integers(0, 256, (BATCH + 3, *network.in_shape))
    trace = network.trace(act)
    assert list(trace) == ["a", "b", "c"]
    assert (network.infer(act) == trace["c"]).all()
    told = []
    network.infer(np.repeat(act, 300, axis=0), told.append)
    assert told[-1] == 300 * len(act)
    assert len(told) == len(set(told)) > 1


def test_no_frames(network):
    assert network.infer(np.zeros((0, *network.in_shape), int)).shape == (0, *network.out_shape)


def test_macs(network):
    assert network.macs == sum(node.layer.macs for node in network.nodes)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (np.zeros((1, 6, 6, 2), int), r"Frames must have shape \(n, 6, 5, 2\), not \(1, 6, 6, 2\)"),
        (np.zeros((1, 6, 5, 2)), "Frames must be integers, not float64"),
        (np.full((1, 6, 5, 2), 256), "must lie from 0 to 255, but reach from 256 to 256"),
        (np.full((1, 6, 5, 2), -1), "must lie from 0 to 255, but reach from -1 to -1"),
    ],
)
def test_wrong_frames(network, act, message):
    with pytest.raises(ValueError, match=message):
        network.infer(act)


def test_wrong_chains(rng):
    first = MaxPool(in_shape=(4, 4, 1), kernel=(2, 2), **PLAIN)
    with pytest.raises(ValueError, match="Network 'none' has no layers"):
        Network("none", ())
    with pytest.raises(ValueError, match="Layer names must differ"):
        Network("twice", (Node("a", first), Node("a", first)))
    with pytest.raises(ValueError, match=r"b takes shape \(4, 4, 1\), but a gives \(3, 3, 1\)"):
        Network("shape", (Node("a", first), Node("b", first)))
    signed = MaxPool(in_shape=(3, 3, 1), kernel=(1, 1), in_format=ActFormat(8, 4, signed=True))
    with pytest.raises(ValueError, match="b takes ActFormat"):
        Network("format", (Node("a", first), Node("b", signed)))


def test_wrong_graphs(rng):
    add = random_add(rng, (4, 4, 1), others=(((4, 4, 1), PLAIN["in_format"]),), **PLAIN)
    pool = MaxPool(in_shape=(4, 4, 1), kernel=(1, 1), **PLAIN)
    with pytest.raises(ValueError, match="sum takes 2 inputs, not 1"):
        Network("few", (Node("sum", add),))
    with pytest.raises(ValueError, match="sum takes from later, which does not come before it"):
        Network("order", (Node("sum", add, (INPUT, "later")), Node("later", pool)))
    with pytest.raises(ValueError, match="The output of a goes nowhere"):
        Network("dead", (Node("a", pool), Node("b", pool, (INPUT,))))
    with pytest.raises(ValueError, match="No layer of network 'none' takes the network's input"):
        Network("none", (Node("a", pool, ("a",)),))
    with pytest.raises(ValueError, match="none be 'input'"):
        Network("name", (Node(INPUT, pool),))


def test_one_output_for_many(rng):
    add = random_add(rng, (4, 4, 1), others=(((4, 4, 1), PLAIN["in_format"]),) * 2, **PLAIN)
    pool = MaxPool(in_shape=(4, 4, 1), kernel=(1, 1), **PLAIN)
    network = Network("fork", (Node("a", pool), Node("sum", add, ("a", INPUT, "a"))))
    act = rng.integers(0, 256, (3, 4, 4, 1))
    assert (network.infer(act) == add.reference(act, act, act)).all()
