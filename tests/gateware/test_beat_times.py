"""Times of beats against counting cycle by cycle, and against the components that they tell of."""

import numpy as np
import pytest

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.beat_times import in_turn, regrouped
from shiftconv.gateware.width_adapter import WidthAdapter


@pytest.mark.parametrize("gap", [0, 1, 5, [1, 4, 2, 7]])
def test_one_after_the_other_across_frames(gap, rng):
    ready = np.sort(rng.integers(0, 60, 12)).reshape(3, 4)
    gaps = np.broadcast_to(gap, 4)
    expected, free_at = [], 0
    for n, time in enumerate(ready.ravel().tolist()):
        expected.append(max(time, free_at))
        free_at = expected[-1] + int(gaps[n % 4])
    assert (
        in_turn(ready, np.array(gap) if isinstance(gap, list) else gap).ravel().tolist() == expected
    )


@pytest.mark.parametrize(
    ("channels", "before", "after"),
    [(7, 7, 1), (5, 4, 2), (5, 1, 4), (6, 2, 6), (9, 6, 4), (5, 2, 3), (3, 3, 2)],
)
def test_regrouped_as_the_adapter_does(channels, before, after):
    unit = WidthAdapter(shape=4, channels=channels, in_par=before, out_par=after)
    n_in, n_out = (5 * n_beats(channels, par) for par in (before, after))
    recording = simulate_streams(unit, {"i": [0] * n_in}, n_out)
    taken = np.array([recording.input_cycles])
    assert regrouped(taken, channels, before, after)[0].tolist() == recording.cycles
    if before % after == 0:
        # What is offered too early waits for its turn.
        assert np.array_equal(
            regrouped(taken * 0 + 1, channels, before, after)[0], recording.cycles
        )


def test_equal_widths_need_no_adapter(rng):
    times = np.sort(rng.integers(0, 99, (2, 6)))
    assert np.array_equal(regrouped(times, 3, 2, 2), times)
