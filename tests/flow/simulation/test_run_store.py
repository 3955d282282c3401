"""Runs come back as they were put, or not at all."""

import dataclasses

import numpy as np
import pytest

from shiftconv.flow.files import OutputError
from shiftconv.flow.simulation.compiled import Run
from shiftconv.flow.simulation.run_store import RunStore


@pytest.fixture
def run(rng):
    return Run(
        beats=rng.integers(0, 256, (6, 3), np.uint8),
        last=np.array([False, True] * 3),
        out_cycle=np.arange(6) * 2**33,
        in_cycle=np.arange(2),
        cycles=77,
        frame_errors=2,
        seconds=0.25,
    )


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "simulator.0123"
    path.touch()
    return path


def test_round_trip(program, run):
    RunStore(program).put("key", run)
    found = RunStore(program).get("key")
    for field in dataclasses.fields(Run):
        old, new = getattr(run, field.name), getattr(found, field.name)
        assert np.array_equal(old, new)
        assert type(old) is type(new)
        assert getattr(old, "dtype", None) == getattr(new, "dtype", None)
    assert RunStore(program).get("other") is None


@pytest.mark.parametrize("damage", ["empty", "cut", "bit", "other"])
def test_a_damaged_run_is_missing(program, run, damage):
    store = RunStore(program)
    store.put("key", run)
    (path,) = store.folder.iterdir()
    content = path.read_bytes()
    flipped = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
    path.write_bytes({"empty": b"", "cut": content[:-1], "bit": flipped, "other": b"x"}[damage])
    assert store.get("key") is None
    store.put("key", run)
    assert store.get("key").cycles == 77


def test_runs_of_another_simulator_go(program, run):
    RunStore(program).put("key", run)
    other = RunStore(program.with_suffix(".4567"))
    assert other.get("key") is None
    assert RunStore(program).get("key") is None


def test_no_room(program, run):
    program.with_name("runs.0123").touch()
    with pytest.raises(OutputError, match=r"Cannot write .*runs\.0123"):
        RunStore(program).put("key", run)
