"""What comes to a design: right frames untouched, wrong ones among them as often as asked."""

import numpy as np
import pytest

from shiftconv.flow.simulation.traffic import Traffic


def frames(rng, n, length):
    beats = rng.integers(0, 256, (n * length, 2), np.uint8)
    return beats, np.arange(1, n * length + 1) % length == 0


@pytest.mark.parametrize("length", [1, 2, 7])
def test_right_frames_among_wrong_ones(rng, length):
    beats, last = frames(rng, 300, length)
    arrivals = Traffic(malformed=0.25, seed=5).arrivals(beats, last, 300, first=0)
    edges = [0, *(np.flatnonzero(arrivals.last) + 1)]
    lengths = dict(zip(edges, np.diff(edges), strict=False))
    assert edges[-1] == len(arrivals.beats) == len(arrivals.last)
    assert len(lengths) == 300 + arrivals.n_malformed
    for n, start in enumerate(arrivals.starts):
        assert lengths.pop(start) == length
        found = arrivals.beats[start : start + length]
        assert np.array_equal(found, beats[n * length : (n + 1) * length])
    wrong = np.array([*lengths.values()])
    assert len(wrong) == arrivals.n_malformed == pytest.approx(100, abs=30)
    assert (wrong != length).all()
    assert (wrong > length).any()
    assert (wrong < length).any() == (length > 1)
    assert wrong.max() <= 2 * length + 1
    assert arrivals.starts[-1] + length == len(arrivals.beats)


def test_without_wrong_frames_nothing_is_added(rng):
    beats, last = frames(rng, 5, 3)
    arrivals = Traffic(stall_in=0.5).arrivals(beats, last, 5, first=10)
    assert arrivals.beats is beats
    assert arrivals.last is last
    assert arrivals.starts.tolist() == [0, 3, 6, 9, 12]
    assert arrivals.n_malformed == 0


def test_seed_and_place_decide(rng):
    beats, last = frames(rng, 50, 3)

    def marks(seed, first):
        return (
            Traffic(malformed=0.5, seed=seed).arrivals(beats, last, 50, first=first).last.tolist()
        )

    assert marks(-1, 0) == marks(-1, 0)
    assert marks(1, 0) != marks(2, 0)
    assert marks(1, 0) != marks(1, 50)


def test_what_is_steady():
    assert Traffic(seed=3).is_steady
    for name in ("stall_in", "stall_out", "malformed"):
        assert not Traffic(**{name: 0.1}).is_steady
        assert Traffic(**{name: 0.5}).slowdown == 2


@pytest.mark.parametrize("name", ["stall_in", "stall_out", "malformed"])
@pytest.mark.parametrize("chance", [-0.1, 1.0])
def test_wrong_chances(name, chance):
    with pytest.raises(ValueError, match=f"The chance {name} must be from 0 to below 1, not"):
        Traffic(**{name: chance})
