"""Scale moves between layers, and the network stays the same."""

import numpy as np
import pytest

from quant.calibration.min_max import MinMax
from quant.convert import convert
from quant.convert.equalization import equalized
from quant.float_network.graph import FloatNetwork
from quant.float_network.layers import FloatAdd, FloatConcat, FloatFunction, FloatSlice
from quant.float_network.pools import FloatAveragePool, FloatMaxPool, FloatUpsample
from quant.float_network.weighted import FloatConv, FloatDense
from quant.quantizers import make_quantizer

SHARES = (0.0, 0.5, 1.0)


@pytest.fixture
def spread(rng):
    """Draws a convolution whose output channels differ by powers of two."""

    def draw(name, c_in, c_out, *, groups=1, inputs=(), relu=True, **changes):
        shape = 3, 3, c_in // groups, c_out
        return FloatConv(
            name=name,
            in_shape=(6, 6, c_in),
            inputs=inputs,
            weights=(rng.normal(size=shape) + 0.4) * 2.0 ** rng.integers(-3, 4, c_out),
            bias=rng.normal(size=c_out),
            padding=(1, 1, 1, 1),
            groups=groups,
            relu=relu,
            **changes,
        )  # fmt: skip

    return draw


@pytest.fixture
def chain(spread, rng):
    """Everything that scale moves through, one behind the other."""
    layers = (
        spread("one", 2, 8),
        FloatMaxPool(name="largest", in_shape=(6, 6, 8), kernel=(2, 2)),
        FloatAveragePool(name="mean", in_shape=(5, 5, 8), kernel=(2, 2), stride=(2, 2)),
        FloatUpsample(name="larger", in_shape=(2, 2, 8), factor=3),
        FloatSlice(name="part", in_shape=(6, 6, 8), start=2, stop=8),
        spread("grouped", 6, 8, groups=2),
        spread("depthwise", 8, 8, groups=8),
        spread("branch", 8, 8, relu=False),
        FloatAdd(name="sum", in_shape=(6, 6, 8), inputs=("depthwise", "branch"), relu=True),
        FloatConcat(
            name="both", in_shape=(6, 6, 8), inputs=("sum", "depthwise"), channels=(8, 8)
        ),
        FloatDense(
            name="dense",
            in_shape=(6, 6, 16),
            weights=rng.normal(size=(576, 5)),
            bias=rng.normal(size=5),
        ),
    )  # fmt: skip
    return FloatNetwork("chain", layers)


@pytest.fixture
def samples(rng):
    return rng.random((8, 6, 6, 2))


@pytest.mark.parametrize("share", SHARES)
def test_same_function(chain, samples, share):
    found = equalized(chain, samples, share=share)
    assert (found.infer(samples) == chain.infer(samples)).all()
    moved = {
        name for name, values in found.trace(samples).items()
        if not np.array_equal(values, chain.trace(samples)[name])
    }  # fmt: skip
    # The weights drawn here are alike already.
    assert share == 1 or {"one", "largest", "mean", "larger", "part"} <= moved
    assert "dense" not in moved


def test_channels_that_are_added_move_together(chain, samples):
    before, after = chain.trace(samples), equalized(chain, samples).trace(samples)
    factors = [
        np.abs(after[name]).max(axis=(0, 1, 2)) / np.abs(before[name]).max(axis=(0, 1, 2))
        for name in ("depthwise", "branch", "sum")
    ]
    assert (factors[0] == factors[1]).all()
    assert (factors[0] == factors[2]).all()
    assert len(set(factors[0].tolist())) > 1


@pytest.mark.parametrize(("share", "spread_of"), [(1.0, "weights"), (0.0, "values")])
def test_what_is_made_alike(spread, rng, samples, share, spread_of):
    one = FloatConv(**{**vars(spread("one", 2, 8)), "bias": 10 * 2.0 ** np.arange(8)})
    two = spread("two", 8, 4, relu=False)
    weights = two.weights * 2.0 ** rng.integers(-4, 5, (8, 1))
    graph = FloatNetwork("two", (one, FloatConv(**{**vars(two), "weights": weights})))

    def octaves(network):
        values = np.sqrt((network.trace(samples)["one"] ** 2).mean(axis=(0, 1, 2)))
        taken = network.layers[1].weights
        taken = taken / np.abs(taken).max(axis=(0, 1, 2))
        rms = np.sqrt((taken**2).mean(axis=(0, 1, 3)))
        return np.ptp(np.log2(values if spread_of == "values" else rms))

    assert octaves(graph) > 3
    assert octaves(equalized(graph, samples, share=share)) < 2


@pytest.mark.parametrize("block", ["cap", "table", "end"])
def test_what_cannot_move_stays(spread, samples, block):
    """A capped ReLU, a table, and the network's ends."""
    one = spread("one", 2, 8, **({"cap": 6.0} if block == "cap" else {}))
    layers = [one]
    if block == "table":
        layers.append(
            FloatFunction(name="tanh", in_shape=(6, 6, 8), function=np.tanh, label="tanh")
        )
    if block != "end":
        layers.append(spread("two", 8, 4))
    graph = FloatNetwork("blocked", tuple(layers))
    before, after = graph.trace(samples), equalized(graph, samples).trace(samples)
    assert all((before[name] == after[name]).all() for name in before)


def test_dead_channels_and_dead_inputs(spread, samples):
    one, two = spread("one", 2, 8), spread("two", 8, 4)
    one.weights[..., 3] = 0
    one.bias[3] = -1
    two.weights[:, :, 5] = 0
    graph = FloatNetwork("dead", (one, two))
    found = equalized(graph, samples)
    assert (found.infer(samples) == graph.infer(samples)).all()
    assert all(np.isfinite(layer.weights).all() for layer in found.layers)


def test_fewer_exponents_do(spread, rng, samples):
    """Inputs of a layer that differ by many octaves, with weights that make up for it."""
    one, two = spread("one", 2, 16), spread("two", 16, 4, relu=False)
    spread_out = 2.0 ** rng.integers(-5, 6, 16)
    one = FloatConv(**{**vars(one), "weights": rng.normal(size=(3, 3, 2, 16)) * spread_out})
    two = FloatConv(
        **{**vars(two), "weights": rng.normal(size=(3, 3, 16, 4)) / spread_out[:, None]}
    )
    graph = FloatNetwork("spread", (one, two))
    wanted = graph.infer(samples)
    noise = []
    for given in (graph, equalized(graph, samples)):
        quantizer = make_quantizer("nearest", 3)
        network = convert(given, samples, quantizer=quantizer, calibration=MinMax())
        found = network.infer(network.in_format.quantize(samples))
        noise.append(((network.out_format.dequantize(found) - wanted) ** 2).mean())
    assert noise[1] < 0.5 * noise[0]


@pytest.mark.parametrize("share", [-0.1, 1.5, np.nan])
def test_wrong_share(chain, samples, share):
    with pytest.raises(ValueError, match="share must be from 0 to 1, not"):
        equalized(chain, samples, share=share)
