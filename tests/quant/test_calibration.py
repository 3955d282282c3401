"""What every way to choose a step promises."""

import numpy as np
import pytest

from quant.calibration import CALIBRATIONS
from quant.fixed_point import ActFormat

WIDTHS = (2, 4, 8, 16)


@pytest.fixture(params=CALIBRATIONS.values(), ids=CALIBRATIONS)
def calibration(request):
    return request.param()


def noise(values, fmt):
    return float(((fmt.dequantize(fmt.quantize(values)) - values) ** 2).sum())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("signed", [False, True])
def test_format_is_what_was_asked_and_finer_or_coarser_is_worse(calibration, width, signed, rng):
    values = rng.normal(size=1000) if signed else rng.exponential(size=1000)
    fmt = calibration.choose(values, width=width, signed=signed)
    assert (fmt.width, fmt.signed) == (width, signed)
    coarser = ActFormat(width, fmt.frac - 1, signed)
    assert noise(values, fmt) <= noise(values, coarser)


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
