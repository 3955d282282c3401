"""The published rule of each scheme, against the paper's formula one weight at a time."""

from itertools import pairwise
from math import floor, log2

import numpy as np
import pytest

from quant.quantizers import make_quantizer


def by_hand(rule, weights, largest):
    """``rule(weight, largest)`` of each weight; ``largest`` has one for each channel."""
    wide = np.broadcast_to(largest, weights.shape)
    pairs = zip(weights.ravel().tolist(), wide.ravel().tolist(), strict=True)
    return np.array([rule(weight, top) for weight, top in pairs]).reshape(weights.shape)


@pytest.fixture
def weights(rng):
    return rng.normal(size=(60, 4)) * [1, 0.3, 5, 0.01]


@pytest.fixture(params=["channel", "layer"])
def scale(request):
    return request.param


def tops(weights, scale):
    return np.abs(weights).max(axis=0 if scale == "channel" else None)


@pytest.mark.parametrize("bits", [2, 3, 4, 5])
def test_inq(weights, scale, bits):
    def rule(weight, largest):
        n1 = floor(log2(4 * largest / 3))
        n2 = n1 + 1 - 2 ** (bits - 2)
        ladder = [0.0, *(2.0**n for n in range(n2, n1 + 1))]
        for alpha, beta in pairwise(ladder):
            if (alpha + beta) / 2 <= abs(weight) < 3 * beta / 2:
                return np.sign(weight) * beta
        return 0.0

    found = make_quantizer(f"inq:scale={scale}", bits).quantize(weights)
    assert (found.values == by_hand(rule, weights, tops(weights, scale))).all()
    assert len(found.codebook.levels) == 2 ** (bits - 1) + 1


@pytest.mark.parametrize("bits", [2, 3, 4, 5])
@pytest.mark.parametrize("small", ["clamp", "zero"])
def test_log2(weights, scale, bits, small):
    def rule(weight, largest):
        highest = round(log2(largest))
        lowest = highest - 2 ** (bits - 1) + 2
        exponent = round(log2(abs(weight)))
        if small == "zero" and exponent < lowest:
            return 0.0
        return np.sign(weight) * 2.0 ** min(max(exponent, lowest), highest)

    found = make_quantizer(f"log2:scale={scale},small={small}", bits).quantize(weights)
    assert (found.values == by_hand(rule, weights, tops(weights, scale))).all()


@pytest.mark.parametrize("longer", [1, -1])
@pytest.mark.parametrize("bits", [2, 3])
def test_gsnq_gives_the_larger_sign_its_longer_range(rng, bits, longer):
    """Ends as for INQ, each sign for itself; every code is a level."""
    weights = np.concatenate([rng.random((30, 3)), -2 * rng.random((30, 3))]) * -longer
    weights[0], weights[-1] = -0.9 * longer, 1.8 * longer
    found = make_quantizer("gsnq", bits).quantize(weights)
    assert len(found.codebook.levels) == 2**bits
    reach = 2 ** (bits - 1) - 1
    assert (
        np.abs(found.codebook.levels * longer).max()
        == 2**reach
        == (found.codebook.levels * longer).max()
    )
    ends = [floor(log2(4 * largest / 3)) for largest in (1.8, 0.9)]
    assert (found.exponents == ends[0] - reach).all()
    assert (found.exponents == ends[1] - (reach - 1)).all()
    assert (found.levels == found.codebook.nearest(np.ldexp(weights, -found.exponents))).all()


def test_gsnq_of_equal_signs_takes_what_errs_less(rng):
    weights = rng.normal(size=(50, 6))
    weights[0], weights[1] = 3, -3
    made = make_quantizer("gsnq", 3)
    found = made.quantize(weights)
    error = ((found.values - weights) ** 2).sum(axis=0)
    for book in made.codebooks_for(weights):
        tried = np.array(
            [
                ((book.nearest(weights * 2.0**-e) * 2.0**e - weights) ** 2).sum(axis=0)
                for e in (-1, -2)
            ]
        )
        if book == found.codebook:
            np.testing.assert_allclose(error, tried.min(axis=0))
        else:
            assert error.sum() <= tried.min(axis=0).sum()


@pytest.mark.parametrize("bits", [2, 3, 4, 5])
def test_n_bq_nn_keeps_mean_and_power(rng, bits):
    weights = rng.normal(size=(900, 6)) * 2.0 ** np.arange(6)
    found = make_quantizer("n-bq-nn", bits).quantize(weights)
    tops = 2.0 ** np.frexp(np.abs(weights).max(axis=0))[1]
    before, after = np.abs(weights) / tops, np.abs(found.values) / tops
    deviation = (after.mean() / before.mean() - 1) ** 2
    deviation += ((after**2).mean() / (before**2).mean() - 1) ** 2
    # Three levels have one threshold and one scale for two moments.
    assert deviation <= (0.05 if bits == 2 else 1e-3)
    assert (np.sign(found.levels) * np.sign(weights) >= 0).all()
    # Between thresholds the order stays.
    for channel in range(6):
        order = np.abs(weights[:, channel]).argsort()
        assert (np.diff(np.abs(found.levels[order, channel])) >= 0).all()


def test_n_bq_nn_as_published(rng, scale):
    weights = rng.normal(size=(60, 40)) * rng.random(40)

    def rule(weight, largest):
        steps = sum(abs(weight) >= limit * largest for limit in (0.02, 0.07, 0.14))
        return np.sign(weight) * [0, 1, 2, 4][steps]

    spelling = f"n-bq-nn:thresholds=published,scale={scale}"
    found = make_quantizer(spelling, 3).quantize(weights)
    assert (found.levels == by_hand(rule, weights, tops(weights, scale))).all()
    levels = found.levels.astype(float)
    for step in (-1, 1):
        other = np.ldexp(levels, found.exponents + step)
        error = ((found.values - weights) ** 2).sum(axis=0)
        assert (error <= ((other - weights) ** 2).sum(axis=0)).all()


@pytest.mark.parametrize("bits", [4, 6, 8])
def test_shift_cnn_is_greedy(weights, bits):
    made = make_quantizer("shift-cnn", bits)
    found = made.quantize(weights)
    reach = 2 ** (bits // 2 - 1) - 1

    def nearest(value, powers):
        """Of zero and the powers; the boundary lies at one and a half times the lower power."""
        for power in reversed(powers):
            if abs(value) > (1.5 * power / 2 if power > powers[0] else power / 2):
                return np.sign(value) * power
        return 0.0

    def rule(value, _):
        first = nearest(value, [2.0**n for n in range(1, reach + 1)])
        return first + nearest(value - first, [2.0**n for n in range(reach)])

    scaled = np.ldexp(weights, -found.exponents)
    assert (found.levels == by_hand(rule, scaled, 1)).all()
    tops = np.abs(scaled).max(axis=0) / 2**reach
    assert ((tops > 0.5) & (tops < 2)).all()


def test_clip_q_prunes_and_takes_means(rng):
    """Two bits and 20 %: zero and three levels, two of them of the sign that reaches further."""
    weights = np.concatenate([-2 * rng.random((60, 1)) - 0.1, rng.random((40, 1)) + 0.1])
    found = make_quantizer("clip-q:scale=layer", 2).quantize(weights)
    real, exact = found.values[:, 0], weights[:, 0]
    zero = np.sort(np.abs(exact[real == 0]))
    assert len(zero) == 12 + 8
    minus, plus = np.sort(-exact[:60])[12:], np.sort(exact[60:])[8:]
    middle = (minus[0] + minus[-1]) / 2
    wanted = [-minus[minus >= middle].mean(), -minus[minus < middle].mean(), 0, plus.mean()]
    unit = 2.0 ** found.exponents[0]
    np.testing.assert_allclose(np.unique(real), wanted, atol=unit / 2)
    assert unit <= 2 * np.abs(wanted).max() / 128
    assert np.abs(found.codebook.levels).max() <= 128


@pytest.mark.parametrize(("snap", "n_terms"), [(0, 1), (1, 1), (2, 2)])
def test_clip_q_entries_are_as_many_terms_as_asked(rng, snap, n_terms):
    weights = rng.normal(size=(400, 2))
    found = make_quantizer(f"clip-q:snap={snap}", 3).quantize(weights)
    assert len(found.codebook.terms) == n_terms
    multiplies = found.codebook.terms[0].codebook.name.startswith("twos-complement")
    assert multiplies == (snap == 0)
    free = make_quantizer("clip-q", 3).quantize(weights)
    assert ((found.levels == 0) >= (free.levels == 0)).all()


def test_clip_q_without_pruning_has_no_zero_but_in_the_middle(rng):
    weights = rng.choice([-1.0, 1.0], (50, 1)) * (1 + rng.random((50, 1)))
    assert (make_quantizer("clip-q:prune=0", 4).quantize(weights).levels != 0).all()
    pruned = make_quantizer("clip-q:prune=0.5", 4).quantize(weights)
    assert 24 <= (pruned.levels == 0).sum() <= 25


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_fraction_length_is_the_best(rng, bits):
    weights = rng.laplace(size=(300, 3))
    found = make_quantizer("fraction-length", bits).quantize(weights)
    assert len(set(found.exponents.tolist())) == 1
    error = ((found.values - weights) ** 2).sum()
    half = 2 ** (bits - 1)
    for exponent in range(-12, 6):
        levels = np.clip(np.rint(weights / 2.0**exponent), -half, half - 1)
        assert error <= ((levels * 2.0**exponent - weights) ** 2).sum() + 1e-12
    bias = rng.normal(size=40)
    rounded = make_quantizer("fraction-length:bias_bits=6", bits).rounded_bias(bias)
    assert len(set(rounded.tolist())) <= 40
    assert 0 < np.abs(rounded - bias).max() < 0.15


@pytest.mark.parametrize("scheme", ["apot", "sp2"])
def test_two_terms_err_less_than_one(rng, scheme):
    weights = rng.normal(size=(300, 4))
    errors = [
        ((make_quantizer(f"{name}:fit=weights", 5).quantize(weights).values - weights) ** 2).sum()
        for name in (scheme, "nearest")
    ]
    assert errors[0] < 0.6 * errors[1]
