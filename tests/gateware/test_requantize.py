"""Requantization against the golden one: exhaustive where it can be."""

import numpy as np
import pytest

from quant.fixed_point import ActFormat, requantize
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.requantize import Requantize
from tests.gateware.images import payload_bits

FORMATS = [ActFormat(width, 0, signed) for width in range(2, 17) for signed in (False, True)]


def _check(unit, acc, shift, rng, stall):
    """Send every pair; without stalls, one leaves per cycle after the latency."""
    shift_width = unit.shift_width
    payloads = [
        payload_bits([a], unit.acc_width) | int(s - unit.shift_min) << unit.acc_width
        for a, s in zip(acc, shift, strict=True)
    ]
    assert all(bits < 2 ** (unit.acc_width + shift_width) for bits in payloads)
    recording = simulate_streams(unit, {"i": payloads}, len(payloads), stall=stall, rng=rng)
    golden = requantize(acc, shift, unit.out_format)
    assert recording.payloads == [payload_bits([value], unit.out_format.width) for value in golden]
    if not stall:
        assert recording.cycles == [unit.latency + 1 + n for n in range(len(payloads))]


def _every_pair(acc_width, shift_min, shift_max):
    acc = np.arange(-(2 ** (acc_width - 1)), 2 ** (acc_width - 1))
    pairs = np.stack(np.meshgrid(acc, np.arange(shift_min, shift_max + 1)), axis=-1).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda f: f"{'su'[not f.signed]}{f.width}")
def test_every_sum_and_shift(fmt, rng):
    unit = Requantize(acc_width=6, out_format=fmt, shift_min=-3, shift_max=8)
    _check(unit, *_every_pair(6, -3, 8), rng, stall=0.0)


@pytest.mark.parametrize("acc_width", [1, 2, 5, 7, 8])
@pytest.mark.parametrize(
    ("shift_min", "shift_max"),
    [(0, 0), (1, 1), (2, 2), (2, 5), (9, 12), (-4, -2), (-2, 0), (-1, 11)],
)
def test_every_range_of_shifts(acc_width, shift_min, shift_max, rng):
    for fmt in (ActFormat(4, 0, signed=False), ActFormat(4, 0, signed=True)):
        unit = Requantize(
            acc_width=acc_width, out_format=fmt, shift_min=shift_min, shift_max=shift_max
        )
        _check(unit, *_every_pair(acc_width, shift_min, shift_max), rng, stall=0.0)


@pytest.mark.parametrize("acc_width", [24, 32])
@pytest.mark.parametrize("signed", [False, True])
def test_wide_sums(acc_width, signed, rng, stall):
    fmt = ActFormat(8, 0, signed)
    unit = Requantize(acc_width=acc_width, out_format=fmt, shift_min=2, shift_max=acc_width + 2)
    shift = rng.integers(2, acc_width + 3, 300)
    lowest, highest = -(2 ** (acc_width - 1)), 2 ** (acc_width - 1) - 1
    target = rng.integers(fmt.lo - 3, fmt.hi + 4, 300)
    offset = rng.choice([-1, 0, 1], 300) + (rng.choice([-1, 0, 1], 300) << (shift - 1))
    near_ties = np.clip((target << shift) + offset, lowest, highest)
    anything = rng.integers(lowest, highest + 1, 300)
    acc = np.where(rng.random(300) < 0.7, near_ties, anything)
    acc[:2] = lowest, highest
    _check(unit, acc, shift, rng, stall)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"acc_width": 0}, "Accumulator width must be a positive integer, not 0"),
        ({"shift_min": 3, "shift_max": 2}, "in ascending order, not 3 to 2"),
        ({"shift_min": -33}, "Shifts must lie from -32 to 63 in ascending order, not -33 to 4"),
        ({"shift_max": 64}, "not 0 to 64"),
    ],
)
def test_wrong_arguments(change, message):
    arguments = {
        "acc_width": 8,
        "out_format": ActFormat(4, 0, True),
        "shift_min": 0,
        "shift_max": 4,
    }
    with pytest.raises(ValueError, match=message):
        Requantize(**arguments | change)
