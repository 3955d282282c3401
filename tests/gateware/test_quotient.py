"""Rounded quotients: exhaustive."""

import numpy as np
import pytest

from quant.fixed_point import round_quotient
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.quotient import Quotient, Reciprocal, shift_add_terms, signed_width
from tests.gateware.images import payload_bits


def _check(lo, hi, divisors, rng, stall=0.0):
    """Every sum by every divisor; without stalls, one leaves per cycle."""
    unit = Quotient(lo=lo, hi=hi, divisors=divisors)
    width = unit.sum_width
    sums, which = np.meshgrid(np.arange(lo, hi + 1), np.arange(len(divisors)), indexing="ij")
    cases = rng.permutation(np.stack([sums.ravel(), which.ravel()], axis=-1))
    payloads = [payload_bits([total], width) | int(n) << width for total, n in cases]
    recording = simulate_streams(unit, {"i": payloads}, len(cases), stall=stall, rng=rng)
    golden = round_quotient(cases[:, 0], np.array(divisors)[cases[:, 1]])
    assert recording.payloads == [payload_bits([value], width) for value in golden]
    if not stall:
        assert recording.cycles == [3 + n for n in range(len(cases))]


DIVISORS = [*range(1, 13), 15, 16, 17, 21, 25, 31, 32, 33, 49, 64, 77, 99, 120, 121]


@pytest.mark.parametrize("divisor", DIVISORS)
def test_every_mean(divisor, rng):
    """Sums of ``divisor`` activations of three bits."""
    _check(0, 7 * divisor, (divisor,), rng)
    _check(-4 * divisor, 3 * divisor, (divisor,), rng)


@pytest.mark.parametrize(
    "divisors", [(1, 2), (9, 6, 4), (4, 4), (1, 2, 3, 4, 6, 9), (7, 49), (2, 121, 64, 5, 11)]
)
@pytest.mark.parametrize(("lo", "hi"), [(0, 135), (-72, 63)])
def test_several_divisors(divisors, lo, hi, rng, stall):
    _check(lo, hi, divisors, rng, stall)


@pytest.mark.parametrize(("lo", "hi"), [(0, 0), (-1, 0), (3, 9), (-9, -3), (-1, 200), (-200, 1)])
def test_any_range(lo, hi, rng, stall):
    _check(lo, hi, (3, 6), rng, stall)


@pytest.mark.parametrize("divisor", [*range(1, 70), 96, 100, 120, 121, 127, 128, 144, 784, 50176])
def test_reciprocal_is_exact_as_far_as_it_says(divisor):
    for largest in {0, 1, divisor - 1, divisor, 15 * divisor + 3, 511 * min(divisor, 784)}:
        reciprocal = Reciprocal(divisor, largest)
        t = np.arange(largest + 1)
        assert largest * reciprocal.factor < 2**62
        assert np.array_equal(t * reciprocal.factor >> reciprocal.shift, t // divisor)
        # And has no bit to spare: its bound does not hold with one less.
        coarser = 2 ** (reciprocal.shift - 1) if reciprocal.shift else 0
        assert not coarser or largest * (-coarser % divisor) >= coarser


@pytest.mark.parametrize("divisor", [3, 5, 7, 9, 49, 121])
def test_reciprocal_fails_right_beyond_some_value(divisor):
    """The check sees a difference where there is one."""
    reciprocal = Reciprocal(divisor, 100)
    t = np.arange(100_000)
    assert not np.array_equal(t * reciprocal.factor >> reciprocal.shift, t // divisor)


def test_shift_add_terms(rng):
    wide = rng.integers(0, 2**40, 500).tolist()
    for constant in [*range(4100), *wide]:
        terms = shift_add_terms(constant)
        assert sum(sign * 2**shift for sign, shift in terms) == constant
        assert {sign for sign, _ in terms} <= {-1, 1}
        shifts = np.array([shift for _, shift in terms])
        # None next to another: the least number of terms.
        assert (np.diff(shifts) >= 2).all()


@pytest.mark.parametrize(
    ("lo", "hi", "width"),
    [(0, 0, 1), (0, 1, 2), (0, 255, 9), (-1, 0, 1), (-128, 127, 8), (-129, 127, 9), (-128, 128, 9)],
)
def test_signed_width(lo, hi, width):
    assert signed_width(lo, hi) == width


@pytest.mark.parametrize(
    ("lo", "hi", "divisors"), [(1, 0, (3,)), (0, 5, ()), (0, 5, (2, 0)), (0, 5, (-2,))]
)
def test_nothing_to_divide(lo, hi, divisors):
    with pytest.raises(ValueError, match=f"There is nothing to divide: {lo} to {hi} by"):
        Quotient(lo=lo, hi=hi, divisors=divisors)


@pytest.mark.parametrize(("divisor", "largest"), [(0, 4), (-3, 4), (3, -1)])
def test_wrong_reciprocal(divisor, largest):
    with pytest.raises(ValueError, match=f"not negative, not {divisor} and up to {largest}"):
        Reciprocal(divisor, largest)
