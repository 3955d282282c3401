"""Formats, the one rounding, saturation."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.fixed_point import ActFormat, requantize, round_shift


@given(st.integers(-(2**40), 2**40), st.integers(-8, 24))
def test_round_shift_is_half_to_even(value, shift):
    wanted = round(Fraction(value) * Fraction(2) ** -shift)
    assert round_shift(np.array([value]), shift).tolist() == [wanted]


def test_round_shift_by_channel():
    assert round_shift(np.array([[6, 6], [-5, 10]]), np.array([2, -1])).tolist() == [
        [2, 12],
        [-1, 20],
    ]


@given(st.integers(-(2**30), 2**30), st.integers(0, 12), st.integers(2, 16), st.booleans())
def test_requantize_saturates(value, shift, width, signed):
    fmt = ActFormat(width, 0, signed)
    wanted = min(max(round(Fraction(value, 2**shift)), fmt.lo), fmt.hi)
    assert requantize(np.array([value]), shift, fmt).tolist() == [wanted]


@pytest.mark.parametrize(
    ("fmt", "lo", "hi", "max_abs"),
    [(ActFormat(8, 0, False), 0, 255, 255), (ActFormat(8, 3, True), -128, 127, 128)],
)
def test_bounds(fmt, lo, hi, max_abs):
    assert (fmt.lo, fmt.hi, fmt.max_abs) == (lo, hi, max_abs)


@pytest.mark.parametrize("fmt", [ActFormat(4, -3, True), ActFormat(6, 9, False)])
def test_every_integer_survives(fmt):
    integers = np.arange(fmt.lo, fmt.hi + 1)
    assert (fmt.quantize(fmt.dequantize(integers)) == integers).all()


def test_quantize_saturates_infinity_and_refuses_nan():
    fmt = ActFormat(8, 4, signed=True)
    assert fmt.quantize(np.array([np.inf, -np.inf])).tolist() == [127, -128]
    with pytest.raises(ValueError, match="Activations must be numbers, but NaN was found"):
        fmt.quantize(np.array([np.nan]))


@pytest.mark.parametrize("width", [1, 17])
def test_wrong_width(width):
    with pytest.raises(ValueError, match=f"must be from 2 to 16 bits, not {width}"):
        ActFormat(width, 0, signed=True)
