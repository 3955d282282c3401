"""The lane against a product, exhaustively."""

import pytest

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.lane import Lane
from tests.gateware.combinational import evaluate


def _check(codebook, fmt, acts):
    lane = Lane(codebook=codebook, act=act_shape(fmt))
    codes = range(2**codebook.code_width)
    points = [{"act": act, "code": code} for act in acts for code in codes]
    found = evaluate(lane, points, ["term", "ones"])
    golden = [act * level for act in acts for level in codebook.decode(codes).tolist()]
    assert [term + ones for term, ones in found] == golden


@pytest.mark.parametrize("exponent_width", range(5))
@pytest.mark.parametrize("width", range(2, 7))
@pytest.mark.parametrize("signed", [False, True])
def test_every_product(exponent_width, width, signed):
    fmt = ActFormat(width, 0, signed)
    _check(PowerOfTwo(exponent_width), fmt, range(fmt.lo, fmt.hi + 1))


@pytest.mark.parametrize("exponent_width", range(5))
@pytest.mark.parametrize("width", [8, 16])
@pytest.mark.parametrize("signed", [False, True])
def test_extreme_products(exponent_width, width, signed, rng):
    fmt = ActFormat(width, 0, signed)
    extremes = {fmt.lo, fmt.lo + 1, -1, 0, 1, fmt.hi - 1, fmt.hi}
    acts = [act for act in sorted(extremes) if act >= fmt.lo]
    _check(PowerOfTwo(exponent_width), fmt, acts + rng.integers(fmt.lo, fmt.hi + 1, 9).tolist())


@pytest.mark.parametrize("shifts", [(0, 2, 4), (1, 3), (0, 1, 2, 3), (5,)])
def test_chosen_shifts(shifts):
    """Fields without a shift, which no weight has, included."""
    fmt = ActFormat(4, 0, True)
    codebook = PowerOfTwo(len(shifts).bit_length(), shifts)
    _check(codebook, fmt, range(fmt.lo, fmt.hi + 1))
    if len(shifts) == 1:
        _check(PowerOfTwo(0, shifts), fmt, range(fmt.lo, fmt.hi + 1))
