"""What every weight scheme promises, and what the nearest-level scheme finds."""

from itertools import product

import numpy as np
import pytest

from quant.quantizers import QUANTIZERS

BITS = (1, 2, 3, 4, 5)


@pytest.fixture(params=QUANTIZERS.values(), ids=QUANTIZERS)
def scheme(request):
    return request.param


@pytest.fixture
def nearest():
    return QUANTIZERS["nearest"]


def error(weights, found, gram):
    miss = (weights - found.values).reshape(-1, weights.shape[-1])
    return np.einsum("kc,kl,lc->c", miss, gram, miss)


def random_gram(rng, k):
    inputs = rng.normal(size=(4 * k, k)) @ rng.normal(size=(k, k))
    return inputs.T @ inputs / len(inputs)


@pytest.mark.parametrize("bits", BITS)
def test_levels_are_of_the_codebook_and_shapes_stay(scheme, bits, rng):
    weights = rng.normal(size=(3, 2, 4, 5))
    found = scheme(bits=bits).quantize(weights, random_gram(rng, 24))
    assert found.levels.shape == weights.shape
    assert found.levels.dtype == found.exponents.dtype == np.int64
    assert found.exponents.shape == (5,)
    assert np.isin(found.levels, found.codebook.levels).all()
    assert found.codebook.code_width <= bits


@pytest.mark.parametrize("bits", BITS)
def test_same_weights_same_levels(scheme, bits, rng):
    weights, gram = rng.normal(size=(12, 5)), random_gram(rng, 12)
    one, two = (scheme(bits=bits).quantize(weights, gram) for _ in range(2))
    assert (one.levels == two.levels).all()
    assert (one.exponents == two.exponents).all()


@pytest.mark.parametrize("bits", BITS)
def test_power_of_two_scale_moves_only_the_exponents(scheme, bits, rng):
    weights, gram = rng.normal(size=(12, 5)), random_gram(rng, 12)
    powers = np.array([-20, -3, 0, 4, 30])
    one = scheme(bits=bits).quantize(weights, gram)
    two = scheme(bits=bits).quantize(np.ldexp(weights, powers), gram)
    assert (one.levels == two.levels).all()
    assert (one.exponents + powers == two.exponents).all()


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("zeros", ["layer", "channel"])
def test_zeros_stay_zero(scheme, bits, zeros, rng):
    weights = rng.normal(size=(9, 3)) * (0 if zeros == "layer" else [1, 0, 1])
    found = scheme(bits=bits).quantize(weights)
    assert np.abs(found.values[:, 1]).max() <= 2.0**-24


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("value", [1.0, -0.25, 2.0**-40, -(2.0**50)])
def test_single_weight_that_is_a_power_of_two_is_exact(scheme, bits, value):
    assert scheme(bits=bits).quantize(np.array([[value]])).values.item() == value


@pytest.mark.parametrize("bits", BITS)
def test_exact_levels_stay_exact(scheme, bits, rng):
    book = scheme(bits=bits).codebook
    weights = np.ldexp(rng.choice(book.levels, (40, 3)).astype(float), -7)
    assert (scheme(bits=bits).quantize(weights).values == weights).all()


@pytest.mark.parametrize("bits", [0, 6, 3.0])
def test_wrong_bits(nearest, bits):
    with pytest.raises(ValueError, match=r"scheme nearest must be an integer from 1 to 5, not"):
        nearest(bits=bits)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_not_finite(scheme, number):
    with pytest.raises(ValueError, match="Weights must be finite, but NaN or infinity was found"):
        scheme(bits=3).quantize(np.array([[1.0], [number]]))
    with pytest.raises(ValueError, match="must be finite"):
        scheme(bits=3).quantize(np.ones((1, 1)), np.full((1, 1), number))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (4,)])
def test_no_weights(scheme, shape):
    with pytest.raises(ValueError, match=r"Weights must have shape \(..., c_out\), not"):
        scheme(bits=3).quantize(np.zeros(shape))


def test_wrong_moments(scheme):
    with pytest.raises(ValueError, match=r"must have shape \(4, 4\), not \(3, 3\)"):
        scheme(bits=3).quantize(np.ones((2, 2, 5)), np.eye(3))


@pytest.mark.parametrize("bits", BITS)
def test_without_moments_no_level_and_no_scale_is_better(nearest, bits, rng):
    weights = rng.normal(size=(20, 4)) * [1, 5, 0.3, 20]
    found = nearest(bits=bits).quantize(weights)
    best = np.full(4, np.inf)
    for exponent in range(-24, 8):
        levels = found.codebook.nearest(np.ldexp(weights, -exponent))
        miss = weights - np.ldexp(levels.astype(float), exponent)
        best = np.minimum(best, (miss**2).sum(axis=0))
    np.testing.assert_allclose(error(weights, found, np.eye(20)), best)


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_moments_lower_the_error_of_the_outputs(nearest, bits, rng):
    weights, gram = rng.normal(size=(60, 8)), random_gram(rng, 60)
    plain = nearest(bits=bits).quantize(weights)
    informed = nearest(bits=bits).quantize(weights, gram)
    assert error(weights, informed, gram).sum() < 0.7 * error(weights, plain, gram).sum()


def test_close_to_the_best_of_all_combinations(nearest, rng):
    ratios = []
    for _ in range(10):
        weights, gram = rng.normal(size=(4, 1)), random_gram(rng, 4)
        found = nearest(bits=3).quantize(weights, gram)
        all_levels = np.array(list(product(found.codebook.levels, repeat=4)), float)
        miss = np.concatenate([np.ldexp(all_levels, e) for e in range(-8, 3)]) - weights.T
        best = np.einsum("nk,kl,nl->n", miss, gram, miss).min()
        ratios.append(error(weights, found, gram).item() / best)
    assert np.median(ratios) < 1.5


def test_weights_move_one_by_one_and_channels_alone(nearest, rng, monkeypatch):
    """Blocks of weights, channels in parts and channels at rest change nothing."""
    weights, gram = rng.normal(size=(70, 5)), random_gram(rng, 70)
    found = nearest(bits=3).quantize(weights, gram)
    damped = gram + 0.01 * np.diag(gram).mean() * np.eye(70)
    scaled = np.ldexp(weights, -found.exponents)
    for channel in range(5):
        levels = found.codebook.nearest(scaled[:, channel])
        for _ in range(30):
            for tap in range(70):
                pull = (scaled[:, channel] - levels) @ damped[:, tap] / damped[tap, tap]
                levels[tap] = found.codebook.nearest(levels[tap] + pull)
        assert np.array_equal(found.levels[:, channel], levels)
    monkeypatch.setattr("quant.quantizers.nearest.MAX_VALUES", 12 * 70 * 2)
    again = nearest(bits=3).quantize(weights, gram)
    assert np.array_equal(again.levels, found.levels)
    assert np.array_equal(again.exponents, found.exponents)
