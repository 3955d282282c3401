"""How a simulation adds up, with frames worked out by hand."""

import numpy as np
import pytest

from shiftconv.cli.simulate import verdict
from shiftconv.flow.simulation.simulation_result import SimulationResult, Tally
from shiftconv.flow.simulation.traffic import Traffic

OUTPUTS = np.array([[5, 1, 0], [2, 9, 1], [0, 3, 4], [7, 7, 1]]).reshape(4, 1, 1, 3)
LABELS = np.array([0, 1, 2, 1])
MARKS = np.array([[False, True]] * 4)
STEADY = Traffic()


def result(*, traffic=STEADY, order=(range(1), range(1, 4)), labels=LABELS, **changes):
    """Four frames of two beats in two shards, 100 cycles apart; they take 130 or 131 cycles."""
    whole = {"simulated": OUTPUTS, "golden": OUTPUTS, "marks": MARKS} | changes
    errors = whole.pop("frame_errors", 0)
    malformed = whole.pop("malformed", 0)
    tally = Tally(3, labels, traffic)
    for frames in order:
        some = {name: array[frames.start : frames.stop] for name, array in whole.items()}
        starts = np.arange(len(frames)) * 100 + 10 * frames.start
        tally.add(
            frames,
            starts=starts,
            ends=starts + 130 + (frames.start > 0),
            frame_errors=errors,
            malformed=malformed,
            **some,
        )
    counts = tally.measured()
    return SimulationResult(
        engine="none", images=4, planned_cycles_per_frame=100, images_per_second=1.0,
        build_seconds=0.0, **counts,
    )  # fmt: skip


def test_all_is_well():
    found = result()
    assert found.holds
    assert found.values == 12
    assert found.mismatched_values == 0
    # Of two equal outputs the first counts.
    assert found.top1 == found.golden_top1 == 0.75
    assert found.latency_cycles == 130
    assert found.cycles_per_frame == found.mean_cycles_per_frame == 100
    assert found.cycles == 131 + 342
    assert "every value equals" in verdict(found.as_dict())


def test_order_of_arrival_does_not_matter():
    assert result(order=(range(1, 4), range(1))) == result()


def test_values_that_differ():
    wrong = OUTPUTS.copy()
    wrong[1, 0, 0, 1], wrong[3, 0, 0, 2] = 0, 6
    found = result(simulated=wrong)
    assert not found.holds
    assert found.mismatched_values == 2
    assert found.top1 == 0.5
    assert found.golden_top1 == 0.75
    assert "2 values differ" in verdict(found.as_dict())


@pytest.mark.parametrize(("frame", "beat"), [(0, 1), (2, 0)], ids=["missing", "too many"])
def test_a_frame_with_a_wrong_mark_is_wrong(frame, beat):
    marks = MARKS.copy()
    marks[frame, beat] ^= True
    assert result(marks=marks).mismatched_values == 3


@pytest.mark.parametrize(("errors", "malformed"), [(1, 0), (0, 1), (2, 3)])
def test_flags_are_counted(errors, malformed):
    found = result(frame_errors=errors, malformed=malformed)
    assert not found.holds
    assert f"{2 * errors} were flagged" in verdict(found.as_dict())
    assert result(frame_errors=malformed, malformed=malformed).holds


def test_pauses_have_no_steady_state():
    found = result(traffic=Traffic(stall_in=0.5), labels=None)
    assert found.cycles_per_frame is None
    assert found.mean_cycles_per_frame == 100
    assert found.top1 is found.golden_top1 is None


def test_one_frame_has_no_rate():
    tally = Tally(3, None, Traffic())
    tally.add(
        range(1), OUTPUTS[:1], OUTPUTS[:1], starts=np.array([0]), ends=np.array([130]),
        marks=MARKS[:1], frame_errors=0, malformed=0,
    )  # fmt: skip
    counts = tally.measured()
    assert counts["cycles_per_frame"] is counts["mean_cycles_per_frame"] is None
    assert counts["latency_cycles"] == 130


def test_labels_that_are_no_outputs():
    with pytest.raises(ValueError, match="Labels must be from 0 to 2, but reach from 0 to 3"):
        Tally(3, np.array([0, 3]), Traffic())


def test_the_first_outputs_are_remembered():
    wrong = OUTPUTS.copy()
    wrong[2, 0, 0, 1] = 0
    simulated, golden = result(simulated=wrong, order=(range(1, 4), range(1))).first_outputs
    assert (simulated == wrong.reshape(4, 3)).all()
    assert (golden == OUTPUTS.reshape(4, 3)).all()
    assert "first_outputs" not in result().as_dict()
    image = {"simulated": OUTPUTS.reshape(4, 1, 3, 1), "golden": OUTPUTS.reshape(4, 1, 3, 1)}
    assert result(**image).first_outputs is None
