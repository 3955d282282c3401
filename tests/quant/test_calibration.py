"""What every way to choose a step promises."""

from math import exp, gamma, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quant.calibration import CALIBRATIONS, fitting_format, make_calibration
from quant.calibration.generalized_gamma import GammaFit, asymptotic_step, fitted_gamma
from quant.fixed_point import ActFormat

WIDTHS = (2, 4, 8, 16)


@pytest.fixture(params=CALIBRATIONS.values(), ids=CALIBRATIONS)
def calibration(request):
    return request.param()


def noise(values, fmt):
    return float(((fmt.dequantize(fmt.quantize(values)) - values) ** 2).sum())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("signed", [False, True])
def test_format_is_what_was_asked_and_little_worse_than_the_best(calibration, width, signed, rng):
    values = rng.normal(size=1000) if signed else rng.exponential(size=1000)
    fmt = calibration.choose(values, width=width, signed=signed)
    assert (fmt.width, fmt.signed) == (width, signed)
    best = min(noise(values, ActFormat(width, fmt.frac + n, signed)) for n in range(-4, 5))
    assert noise(values, fmt) <= 8 * best


@pytest.mark.parametrize("kind", CALIBRATIONS)
@settings(max_examples=25)
@given(
    values=arrays(float, st.integers(1, 30), elements=st.floats(-(2.0**70), 2.0**70, width=32)),
    width=st.integers(2, 16),
    signed=st.booleans(),
)
def test_any_values(kind, values, width, signed):
    """No range is longer than it need be, and none so short that everything is clipped."""
    fmt = CALIBRATIONS[kind]().choose(values, width=width, signed=signed)
    wanted = values if signed else np.maximum(values, 0)
    widest = fitting_format(wanted, width, signed)
    assert widest.frac <= fmt.frac < widest.frac + width + 4
    assert noise(wanted, fmt) <= (wanted**2).sum()


@pytest.mark.parametrize("width", WIDTHS)
def test_power_of_two_scale_moves_only_frac(calibration, width, rng):
    values = rng.normal(size=100)
    one = calibration.choose(values, width=width, signed=True)
    two = calibration.choose(values * 2.0**-30, width=width, signed=True)
    assert two.frac == one.frac + 30


@pytest.mark.parametrize("constant", [1.0, 0.75, 3.0, 2.0**-20])
@pytest.mark.parametrize("sign", [1, -1])
def test_constant_is_exact(calibration, constant, sign):
    values = np.full(7, constant * sign)
    fmt = calibration.choose(values, width=8, signed=sign < 0)
    assert noise(values, fmt) == 0


def test_zeros(calibration):
    assert calibration.choose(np.zeros(3), width=8, signed=False) == ActFormat(8, 0, signed=False)


def test_unsigned_takes_negative_values_as_zero(calibration):
    fmt = calibration.choose(np.array([-100.0, 1.0]), width=8, signed=False)
    assert fmt == calibration.choose(np.array([0.0, 1.0]), width=8, signed=False)


def test_order_and_shape_do_not_matter(calibration, rng):
    values = rng.normal(size=(3, 4, 5))
    one = calibration.choose(values, width=6, signed=True)
    assert one == calibration.choose(values.ravel()[::-1], width=6, signed=True)


def test_no_values(calibration):
    with pytest.raises(ValueError, match="Calibration needs at least one value, but there is none"):
        calibration.choose(np.zeros((0, 3)), width=8, signed=False)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_not_finite(calibration, number):
    with pytest.raises(ValueError, match="Calibration values must be finite"):
        calibration.choose(np.array([1.0, number]), width=8, signed=False)


def test_wrong_width(calibration):
    with pytest.raises(ValueError, match="must be from 2 to 16 bits, not 1"):
        calibration.choose(np.ones(1), width=1, signed=False)


@pytest.mark.parametrize(
    ("values", "signed", "frac"),
    [
        ([0, 255], False, 0),
        ([0, 255.5], False, -1),
        ([255 / 256], False, 8),
        ([127, -128], True, 0),
        ([-128.1], True, -1),
        ([127.5], True, -1),
    ],
)
def test_min_max_is_the_finest_that_clips_nothing(values, signed, frac):
    fmt = CALIBRATIONS["min_max"]().choose(np.array(values), width=8, signed=signed)
    assert fmt.frac == frac


def test_least_squares_clips_an_outlier(rng):
    values = np.append(rng.normal(size=10_000), 20)
    chosen = {
        name: calibration().choose(values, width=4, signed=True)
        for name, calibration in CALIBRATIONS.items()
    }
    assert chosen["least_squares"].frac > chosen["min_max"].frac
    assert noise(values, chosen["least_squares"]) < noise(values, chosen["min_max"])


def test_percentile_clips_its_part():
    values = np.append(np.zeros(5000), np.arange(1, 1001.0))
    chosen = [
        make_calibration(f"percentile:percent={percent}").choose(values, width=8, signed=False)
        for percent in (100, 26, 25, 12)
    ]
    assert [fmt.frac for fmt in chosen] == [-2, -1, 0, 1]


def test_kl_gives_up_the_outlier_that_least_squares_keeps(rng):
    """A few values far out weigh little among the many."""
    values = np.append(rng.exponential(size=20_000), [60.0] * 3)
    fracs = {name: CALIBRATIONS[name]().choose(values, width=8, signed=False).frac
             for name in ("min_max", "kl", "least_squares")}  # fmt: skip
    assert fracs["min_max"] == fracs["least_squares"] < fracs["kl"]


@pytest.mark.parametrize("fit", [(1, 2, 0.5), (3, 1, 1), (0.1, 2, 1), (1, 1, 2), (20, 0.7, 1.4)])
def test_gamma_is_fitted(fit):
    scale, power, shape = fit
    # Middles of equally likely parts of a gamma distribution, by its running integral.
    x = np.linspace(0, 60, 600_001)[1:] - 5e-5
    share = np.cumsum(x ** (shape - 1) * np.exp(-x)) * 1e-4 / gamma(shape)
    drawn = np.interp((np.arange(100_000) + 0.5) / 100_000, share / share[-1], x)
    found = fitted_gamma(scale * drawn ** (1 / power))
    assert found.power == pytest.approx(power, rel=0.06)
    assert found.shape == pytest.approx(shape, rel=0.15)
    wanted = asymptotic_step(GammaFit(*fit), 64)
    assert asymptotic_step(found, 64) == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize(("n_levels", "off"), [(8, 0.04), (16, 0.02), (64, 0.005), (256, 0.001)])
def test_asymptotic_step_of_an_exponential_distribution(n_levels, off):
    """Its tail is known: the best range t solves exp(-t) = t / (12 N**2)."""
    low, high = 0.0, 60.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if exp(-middle) > middle / (12 * n_levels**2) else (low, middle)
    step = asymptotic_step(GammaFit(1.0, 1.0, 1.0), n_levels)
    assert step * n_levels == pytest.approx(low, rel=off)
    assert step * n_levels == pytest.approx(
        2 * log(n_levels) - log(2 * log(n_levels)) + log(12), rel=1e-12
    )


def test_zeros_of_a_relu_do_not_move_the_step(rng):
    values = rng.exponential(size=5000)
    for calibration in CALIBRATIONS.values():
        chosen = {
            calibration().choose(np.append(values, np.zeros(n)), width=8, signed=False)
            for n in (0, 5000, 100_000)
        }
        assert len(chosen) == 1


def test_too_few_levels_for_the_formula_and_nothing_to_fit():
    assert asymptotic_step(GammaFit(1.0, 1.0, 30.0), 4) is None
    assert fitted_gamma(np.ones(5)) is None
    assert fitted_gamma(np.zeros(0)) is None


@pytest.mark.parametrize(
    ("spelling", "message"),
    [
        ("magic", "Calibration must be one of generalized_gamma, kl, .*, not 'magic'"),
        ("kl:bins=9", "Calibration kl has no option 'bins'; it has no options"),
        ("percentile:percent=0", "Option percent of calibration percentile must be above 0 and up"),
        ("percentile:percent=101", "must be above 0 and up to 100, not 101.0"),
        ("percentile:percent=most", "percent of calibration percentile must be a number, not"),
    ],
)
def test_wrong_spellings(spelling, message):
    with pytest.raises(ValueError, match=message):
        make_calibration(spelling)
