"""Quantization after training: formats, units, bias, and how close it comes."""

import json

import numpy as np
import pytest

from quant.calibration import CALIBRATIONS
from quant.calibration.min_max import MinMax
from quant.convert import convert, sqnr_db
from quant.fixed_point import ActFormat
from quant.float_network.graph import FloatNetwork
from quant.float_network.pools import FloatMaxPool
from quant.float_network.weighted import FloatDense
from quant.onnx_io import read_quantized, write_quantized
from quant.quantizers import QUANTIZERS, make_quantizer
from tests.quant.float_networks import conv_pool_dense

BITS = (1, 2, 3, 4, 5)


@pytest.fixture(params=QUANTIZERS.values(), ids=QUANTIZERS)
def scheme(request):
    return request.param


@pytest.fixture
def graph(rng):
    return conv_pool_dense(rng)


@pytest.fixture
def samples(rng):
    return rng.random((60, 6, 6, 2))


def converted(graph, samples, bits=4, **changes):
    quantizer = QUANTIZERS["nearest"](bits=bits)
    return convert(graph, samples, quantizer=quantizer, calibration=MinMax(), **changes)


def dense_network(weights, bias, **changes):
    weights = np.asarray(weights, float)
    layer = FloatDense(
        name="dense",
        in_shape=(1, 1, len(weights)),
        weights=weights,
        bias=np.asarray(bias, float),
        **changes,
    )
    return FloatNetwork("net", (layer,))


@pytest.mark.parametrize("end", [0, -1])
def test_every_scheme_makes_the_whole_network(scheme, graph, samples, end):
    bits = scheme.all_bits[end]
    network = convert(graph, samples, quantizer=scheme(bits=bits), calibration=MinMax())
    assert [node.name for node in network.nodes] == ["conv", "pool", "dense"]
    assert network.in_shape == graph.in_shape
    assert network.out_shape == graph.out_shape
    assert network.metadata["scheme"] == scheme.kind
    assert network.metadata["bits"] == str(bits)


@pytest.mark.parametrize("spelling", [*QUANTIZERS, "clip-q:snap=1", "clip-q:snap=2"])
def test_every_layer_keeps_its_codebook_in_the_file(spelling, graph, samples, tmp_path):
    network = convert(graph, samples, quantizer=make_quantizer(spelling, 4), calibration=MinMax())
    write_quantized(network, tmp_path / "q.onnx")
    read = read_quantized(tmp_path / "q.onnx")
    books = [[n.layer.codebook for n in some.nodes if n.name != "pool"] for some in (network, read)]
    assert books[0] == books[1]
    assert spelling != "clip-q" or books[0][0] != books[0][1]
    act = network.in_format.quantize(samples)
    assert (read.infer(act) == network.infer(act)).all()
    assert read.metadata["scheme"] == spelling


def test_formats(graph, samples):
    network = converted(graph, samples, act_width=6, out_width=12)
    conv, pool, dense = (node.layer for node in network.nodes)
    assert conv.in_format == ActFormat(6, 5, signed=False)
    assert (conv.out_format.width, conv.out_format.signed) == (6, False)
    assert pool.out_format == conv.out_format
    assert (dense.out_format.width, dense.out_format.signed) == (12, True)


def test_signed_input_and_no_relu(graph, samples):
    network = converted(graph, samples - 0.5)
    assert network.in_format.signed


def test_last_layer_with_relu_is_unsigned(samples):
    graph = dense_network(np.ones((2, 1)), [0], relu=True)
    assert not converted(graph, samples[:, :1, :1]).out_format.signed


def test_error_falls_with_bits(graph, samples):
    wanted = graph.infer(samples)
    noise = []
    for bits in (2, 3, 4):
        network = converted(graph, samples, bits, act_width=12)
        found = network.infer(network.in_format.quantize(samples))
        noise.append(sqnr_db(wanted, network.out_format.dequantize(found)))
    assert noise[0] < noise[1] < noise[2]
    assert noise[2] > 15


def test_weights_that_are_levels_come_through_exactly(rng):
    levels = rng.choice(QUANTIZERS["nearest"](bits=3).codebooks_for(None)[0].levels, (12, 4))
    weights = np.ldexp(levels.astype(float), [-3, 0, 2, -7])
    graph = dense_network(weights, np.ldexp(np.arange(4.0), -3))
    act = rng.integers(0, 256, (100, 1, 1, 12))
    samples = act / 256
    network = converted(graph, samples, 3, out_width=16)
    layer = network.nodes[0].layer
    exponents = layer.in_format.frac - layer.out_format.frac - layer.shift
    assert (np.ldexp(layer.levels.astype(float), exponents) == weights).all()
    assert (layer.bias == np.ldexp(graph.layers[0].bias, 8 - exponents)).all()
    assert (network.infer(act) == layer.out_format.quantize(graph.infer(samples))).all()


def test_bias_makes_the_mean_right(rng, samples):
    inputs = samples.reshape(-1, 1, 1, 12)
    graph = dense_network(rng.normal(size=(12, 6)), rng.normal(size=6))
    network = converted(graph, inputs, 2, out_width=16)
    found = network.out_format.dequantize(network.infer(network.in_format.quantize(inputs)))
    wanted = graph.infer(inputs)
    np.testing.assert_allclose(found.mean(axis=0), wanted.mean(axis=0), atol=0.02)


@pytest.mark.parametrize("bias", [0.0, 0.7, -3.0, 1e6])
def test_layer_of_zeros_gives_its_bias(scheme, bias, samples):
    inputs = samples.reshape(-1, 1, 1, 8)
    graph = dense_network(np.zeros((8, 2)), [bias, bias])
    for bits in scheme.all_bits[:5]:
        quantizer = scheme(bits=bits)
        network = convert(graph, inputs, quantizer=quantizer, calibration=MinMax())
        found = network.out_format.dequantize(network.infer(network.in_format.quantize(inputs)))
        rounded = np.abs(quantizer.rounded_bias(np.full(2, bias)) - bias).max()
        assert np.abs(found - bias).max() <= max(network.out_format.step / 2, 1e-6) + rounded


def test_a_channel_of_zeros_gives_its_bias_beside_others(scheme, rng, samples):
    inputs = samples.reshape(-1, 1, 1, 8)
    graph = dense_network(rng.normal(size=(8, 3)) * [1, 0, 1], [0.5, 0.5, 0.5])
    network = convert(graph, inputs, quantizer=scheme(bits=4), calibration=MinMax())
    found = network.out_format.dequantize(network.infer(network.in_format.quantize(inputs)))
    np.testing.assert_allclose(found[..., 1], 0.5, atol=0.01)


def test_a_single_weight(scheme, samples):
    inputs = samples.reshape(-1, 1, 1, 1)
    network = convert(
        dense_network([[0.5]], [0.0]), inputs, quantizer=scheme(bits=4), calibration=MinMax()
    )
    found = network.out_format.dequantize(network.infer(network.in_format.quantize(inputs)))
    np.testing.assert_allclose(found, inputs / 2, atol=0.01)


@pytest.mark.parametrize("value", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("calibration", CALIBRATIONS.values(), ids=CALIBRATIONS)
def test_constant_activations(scheme, calibration, value, rng):
    inputs = np.full((9, 1, 1, 6), value)
    graph = dense_network(rng.normal(size=(6, 2)), [0.25, -1.0])
    network = convert(graph, inputs, quantizer=scheme(bits=4), calibration=calibration())
    found = network.out_format.dequantize(network.infer(network.in_format.quantize(inputs)))
    # A bias is a number of the accumulator's units, which are large where no input is.
    layer = network.nodes[0].layer
    unit = 2.0 ** -(layer.out_format.frac + layer.shift)
    assert (np.abs(found - graph.infer(inputs)) <= np.maximum(0.02, unit / 2)).all()


@pytest.mark.parametrize("bits", BITS)
def test_bias_far_above_the_weights_fits_into_32_bits(bits, samples):
    inputs = samples.reshape(-1, 1, 1, 8)
    graph = dense_network(np.full((8, 1), 1e-12), [1000.0])
    network = converted(graph, inputs, bits)
    assert np.abs(network.nodes[0].layer.bias).max() < 2**31
    found = network.out_format.dequantize(network.infer(network.in_format.quantize(inputs)))
    np.testing.assert_allclose(found, 1000, atol=network.out_format.step)


def test_dead_input_keeps_its_weights(samples):
    inputs = samples.reshape(-1, 1, 1, 8) * [1, 1, 1, 1, 1, 1, 1, 0]
    graph = dense_network(np.full((8, 1), 0.5), [0.0])
    layer = converted(graph, inputs).nodes[0].layer
    assert len(set(layer.levels.ravel().tolist())) == 1


def test_scheme_rounds_the_bias(rng, samples):
    """Paper C's fraction length: a bias of four bits has at most sixteen values."""
    inputs = samples.reshape(-1, 1, 1, 12)
    graph = dense_network(rng.normal(size=(12, 40)), rng.normal(size=40))
    quantizer = make_quantizer("fraction-length:bias_bits=4", 8)
    layer = convert(graph, inputs, quantizer=quantizer, calibration=MinMax()).nodes[0].layer
    assert len(set(layer.shift.tolist())) == 1
    assert 8 < len(set(layer.bias.tolist())) <= 16


def test_constant_samples(graph, samples):
    network = converted(graph, np.full_like(samples, 0.5))
    assert network.infer(np.zeros((1, 6, 6, 2), int)).shape == (1, 1, 1, 5)


def test_only_a_max_pool(samples):
    pool = FloatMaxPool(name="pool", in_shape=(6, 6, 2), kernel=(2, 2))
    network = converted(FloatNetwork("pool", (pool,)), samples)
    assert network.out_format == network.in_format


def test_same_samples_same_network(graph, samples):
    one, two = converted(graph, samples), converted(graph, samples)
    for a, b in zip(one.nodes, two.nodes, strict=True):
        assert a.layer.out_format == b.layer.out_format
        for key in ("levels", "bias", "shift"):
            assert np.array_equal(getattr(a.layer, key, None), getattr(b.layer, key, None))
    assert one.metadata == two.metadata


def test_noise_of_every_layer_is_told(graph, samples):
    known = json.loads(converted(graph, samples).metadata["sqnr_db"])
    assert list(known) == ["conv", "pool", "dense"]
    assert all(5 < value < 60 for value in known.values())


def test_sqnr():
    ones = np.ones(10)
    assert sqnr_db(ones, ones * 1.1) == pytest.approx(20)
    assert sqnr_db(ones, ones) == 200
    assert sqnr_db(0 * ones, ones) == -200
    assert sqnr_db(0 * ones, 0 * ones) == 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda samples: samples[:0], "needs at least one calibration sample, but there is none"),
        (lambda samples: samples[:, 1:], r"Samples must have shape \(n, 6, 6, 2\), not"),
        (lambda samples: samples * np.nan, "Samples must be finite"),
    ],
)
def test_wrong_samples(graph, samples, change, message):
    with pytest.raises(ValueError, match=message):
        converted(graph, change(samples))


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("what", ["weights", "bias"])
def test_weight_or_bias_that_is_no_number(scheme, graph, samples, number, what):
    getattr(graph.layers[2], what).flat[3] = number
    named = {"weights": "Weights", "bias": "Biases"}[what]
    with pytest.raises(ValueError, match=f"^dense: {named} must be finite, but NaN or infinity"):
        convert(graph, samples, quantizer=scheme(bits=4), calibration=MinMax())


def test_wrong_widths(graph, samples):
    with pytest.raises(ValueError, match="must be from 2 to 16 bits, not 1"):
        converted(graph, samples, act_width=1)
    with pytest.raises(ValueError, match="must be from 2 to 16 bits, not 17"):
        converted(graph, samples, out_width=17)


def test_levels_minimize_the_error_around_the_mean(rng):
    inputs = 3 + rng.normal(size=(300, 1, 1, 16)) @ rng.normal(size=(16, 16)) / 8
    graph = dense_network(rng.normal(size=(16, 20)), np.zeros(20))
    network = converted(graph, inputs, 3, act_width=16)
    layer = network.nodes[0].layer
    exponents = layer.in_format.frac - layer.out_format.frac - layer.shift
    rows = inputs.reshape(-1, 16)
    off_centre = QUANTIZERS["nearest"](bits=3).quantize(
        graph.layers[0].weights, rows.T @ rows / len(rows)
    )
    spread = [
        (rows @ (values - graph.layers[0].weights)).std(axis=0).mean()
        for values in (np.ldexp(layer.levels.astype(float), exponents), off_centre.values)
    ]
    assert spread[0] < 0.9 * spread[1]


def test_of_a_large_network_only_as_many_samples_as_fit(graph, samples, monkeypatch):
    few = converted(graph, samples[:3])
    assert few.metadata["samples"] == "3" != converted(graph, samples).metadata["samples"]
    monkeypatch.setattr("quant.convert.MAX_VALUES", 3 * 6 * 6 * 2 + 1)
    assert graph.largest == 6 * 6 * 2
    network = converted(graph, samples)
    assert network.metadata == few.metadata
    for one, other in zip(network.nodes[::2], few.nodes[::2], strict=True):
        assert np.array_equal(one.layer.levels, other.layer.levels)


def test_pixels_left_out_hardly_matter(graph, samples, monkeypatch):
    """Fewer products than all pixels need: every few pixels stand for all."""
    whole = converted(graph, samples)
    monkeypatch.setattr("quant.convert.weighted.MAX_PRODUCTS", len(samples) * 18 * 18 * 18 // 2)
    network = converted(graph, samples)
    noise, more = (json.loads(n.metadata["sqnr_db"])["conv"] for n in (whole, network))
    assert not np.array_equal(network.nodes[0].layer.levels, whole.nodes[0].layer.levels)
    assert noise - 2 < more < noise
