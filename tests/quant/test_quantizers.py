"""What every weight scheme promises, and what the nearest-level scheme finds."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from quant.quantizers import QUANTIZERS, make_quantizer
from quant.quantizers._fitted import FittedQuantizer
from quant.quantizers._level_search import LevelSearch
from quant.spelling import options_of

BITS = (1, 2, 3, 4, 5)
SNAPPED = {"clip-q": ("clip-q:snap=1", "clip-q:snap=2")}


def spellings():
    """Every scheme in every fit and scale that it has."""
    for kind, scheme in QUANTIZERS.items():
        fits = [f"{kind}:fit={fit}" for fit in getattr(scheme, "fits", ())] or [kind]
        layer = [f"{kind}:scale=layer"] if "scale" in options_of(scheme) else []
        yield from [*fits, *layer, *SNAPPED.get(kind, ())]


@pytest.fixture(params=spellings())
def every(request):
    """Quantizers of a spelled scheme, some of the bits that it has."""
    few = [bits for bits in QUANTIZERS[request.param.partition(":")[0]].all_bits if bits <= 5]
    return [make_quantizer(request.param, bits) for bits in sorted({few[0], 3, few[-1]} & {*few})]


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


def test_levels_are_of_the_codebook_and_the_same_again(every, rng):
    weights, gram = rng.normal(size=(3, 2, 4, 5)), random_gram(rng, 24)
    for made in every:
        found, again = (made.quantize(weights, gram) for _ in range(2))
        assert found.levels.shape == weights.shape
        assert found.levels.dtype == found.exponents.dtype == np.int64
        assert found.exponents.shape == (5,)
        assert np.isin(found.levels, found.codebook.levels).all()
        assert found.codebook.code_width <= made.bits
        assert (found.levels == again.levels).all()
        assert (found.exponents == again.exponents).all()
        assert found.codebook == again.codebook


def test_power_of_two_scale_moves_only_the_exponents(every, rng):
    weights, gram = rng.normal(size=(12, 5)), random_gram(rng, 12)
    for made in every:
        alone = isinstance(made, FittedQuantizer) and getattr(made, "scale", "") != "layer"
        several = alone and len(made.codebooks_for(weights)) > 1
        powers = np.array([-20, -3, 0, 4, 30] if alone and not several else [-7] * 5)
        one = made.quantize(weights, gram)
        two = made.quantize(np.ldexp(weights, powers), gram)
        assert (one.levels == two.levels).all()
        assert (one.exponents + powers == two.exponents).all()
        assert one.codebook == two.codebook


@pytest.mark.parametrize("factors", [(0, 0, 0), (1, 0, 1)])
def test_zeros_stay_zero(every, factors, rng):
    weights = rng.normal(size=(9, 3)) * factors
    for made in every:
        found = made.quantize(weights)
        assert np.abs(found.values[:, 1]).max() <= (2.0**-24 if made.bits == 1 else 0)
        assert np.abs(found.exponents).max() < 100


def test_single_weight(every, rng):
    """A power of two is exact, everything else at most its half away."""
    exact = [1.0, -0.25, 2.0**-40, -(2.0**50)]
    for value in [*exact, *rng.normal(size=10)]:
        for made in every:
            found = made.quantize(np.array([[value]])).values.item()
            assert abs(found - value) <= (0 if value in exact else abs(value) / 2)


def test_exact_levels_stay_exact(every, rng):
    for made in every:
        book = made.quantize(rng.normal(size=(40, 3))).codebook
        weights = np.ldexp(rng.choice(book.levels, (40, 3)).astype(float), -7)
        weights[0] = book.levels[np.abs(book.levels).argmax()] * 2.0**-7
        # The levels of CLIP-Q are means of weights.
        if made.kind != "clip-q":
            assert (made.quantize(weights).values == weights).all()


def test_groups_know_nothing_of_each_other(every, rng):
    """Part ``g`` of the channels sees inputs of the moments of group ``g``."""
    weights = rng.normal(size=(12, 4))
    grams = np.stack([random_gram(rng, 12) for _ in range(2)])
    for made in every:
        found = made.quantize(weights, grams)
        search = LevelSearch(found.codebook)
        for group in range(2):
            part = slice(2 * group, 2 * group + 2)
            if getattr(made, "fit", "") == "outputs":
                levels, exponents, _ = search.run(weights[:, part], grams[group : group + 1])
                assert (found.levels[:, part] == levels).all()
                assert (found.exponents[part] == exponents).all()
            else:
                swapped = made.quantize(weights, grams[::-1])
                assert (found.levels == swapped.levels).all()


@pytest.mark.parametrize("kind", QUANTIZERS)
@settings(max_examples=15)
@given(
    weights=arrays(
        float,
        array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=4),
        elements=st.one_of(st.just(0.0), st.floats(-(2.0**60), 2.0**60, width=32)),
    )
)
def test_any_weights(kind, weights):
    found = QUANTIZERS[kind](bits=4).quantize(weights)
    assert np.isfinite(found.values).all()
    assert np.isin(found.levels, found.codebook.levels).all()
    assert (np.abs(found.values - weights) <= 2 * np.abs(weights).max()).all()


@pytest.mark.parametrize("wrong", ["below", "above", "float"])
def test_bits_that_a_scheme_lacks(scheme, wrong):
    bits = {"below": scheme.all_bits[0] - 1, "above": scheme.all_bits[-1] + 1, "float": 3.0}[wrong]
    with pytest.raises(ValueError, match=rf"Bits of scheme {scheme.kind} must be .*, not {bits}"):
        scheme(bits=bits)


@pytest.mark.parametrize(
    ("spelling", "message"),
    [
        ("magic", "Scheme must be one of apot, .*uniform, not 'magic'"),
        ("", "Scheme must be one of .*, not ''"),
        ("nearest:speed=9", "Scheme nearest has no option 'speed'; its options are fit$"),
        ("nearest:bits=3", "Scheme nearest has no option 'bits'"),
        ("nearest:fit=rule", "Option fit of scheme nearest must be one of outputs, weights, not"),
        ("clip-q:prune=lots", "prune of scheme clip-q must be a number, not 'lots'"),
        ("clip-q:prune=1", "Option prune of scheme clip-q must be from 0 up to, but without, 1"),
        ("clip-q:prune=nan", "Option prune of scheme clip-q must be from 0 up to"),
        ("clip-q:snap=3", "Option snap of scheme clip-q must be one of 0, 1, 2, not 3"),
        ("clip-q:snap=1.5", "snap of scheme clip-q must be an integer, not '1.5'"),
        ("inq:scale=pixel", "Option scale of scheme inq must be one of channel, layer, not"),
        ("log2:small=big", "Option small of scheme log2 must be one of clamp, zero, not 'big'"),
        ("n-bq-nn:thresholds=published", "Published thresholds of scheme n-bq-nn are of 3 bits"),
        ("fraction-length:bias_bits=1", "Option bias_bits of scheme fraction-length must be"),
    ],
)
def test_wrong_spellings(spelling, message):
    with pytest.raises(ValueError, match=message):
        make_quantizer(spelling, 4)


def test_a_scheme_is_spelled_by_what_is_not_default():
    assert make_quantizer("clip-q:prune=0.3,snap=2", 2).name == "clip-q:prune=0.3,snap=2"
    assert make_quantizer("clip-q:prune=0.2,snap=0", 2).name == "clip-q"
    assert make_quantizer("nearest", 2).name == "nearest"


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_not_finite(scheme, number):
    with pytest.raises(ValueError, match="Weights must be finite, but NaN or infinity was found"):
        scheme(bits=4).quantize(np.array([[1.0], [number]]))
    with pytest.raises(ValueError, match="must be finite"):
        scheme(bits=4).quantize(np.ones((1, 1)), np.full((1, 1), number))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (4,)])
def test_no_weights(scheme, shape):
    with pytest.raises(ValueError, match=r"Weights must have shape \(..., c_out\), not"):
        scheme(bits=4).quantize(np.zeros(shape))


def test_wrong_moments(scheme):
    with pytest.raises(ValueError, match=r"must have shape \(4, 4\), not \(3, 3\)"):
        scheme(bits=4).quantize(np.ones((2, 2, 5)), np.eye(3))


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
    monkeypatch.setattr("quant.quantizers._level_search.MAX_VALUES", 12 * 70 * 2)
    again = nearest(bits=3).quantize(weights, gram)
    assert np.array_equal(again.levels, found.levels)
    assert np.array_equal(again.exponents, found.exponents)
