"""Results in a file that several processes write, and that must be ours."""

import sqlite3
import subprocess
import sys

import pytest

from shiftconv.flow.files import OutputError
from shiftconv.flow.sweep.store import SweepStore


@pytest.fixture
def store(tmp_path):
    return SweepStore(tmp_path / "new" / "sweep.sqlite")


def test_rows_come_back(store):
    store.put("networks", {"key": "a", "onnx": b"\0\1", "bits": 3})
    store.put("networks", {"key": "a", "onnx": b"\2", "bits": 4})
    again = SweepStore(store.path)
    row = again.get("networks", "a")
    assert (row["onnx"], row["bits"], row["error"]) == (b"\2", 4, None)
    assert again.get("networks", "b") is None
    assert again.known("networks", ["a", "b"]) == {"a"}


def test_a_point_has_its_networks_last_accuracy(store):
    for key, network in ("p", "n"), ("q", "other"):
        store.put("figures", {"key": key, "network": network, "tool_versions": {"a": "1"}})
    for key, top1 in ("a", 0.5), ("b", 0.75):
        store.put("accuracies", {"key": key, "network": "n", "top1": top1, "images": 4})
    with sqlite3.connect(store.path) as file:
        rows = file.execute("SELECT key, top1, images, tool_versions FROM points").fetchall()
    assert rows == [("p", 0.75, 4, '{"a": "1"}'), ("q", None, None, '{"a": "1"}')]


WRITE = """
import sys
from pathlib import Path
from shiftconv.flow.sweep.store import SweepStore
store = SweepStore(Path(sys.argv[1]))
for n in range(50):
    store.put("figures", {"key": f"{sys.argv[2]} {n}", "lut": n})
"""


def test_two_processes_write_at_once(tmp_path):
    path = tmp_path / "sweep.sqlite"
    calls = [[sys.executable, "-c", WRITE, path, name] for name in ("a", "b")]
    writers = [subprocess.Popen(call) for call in calls]
    assert [writer.wait() for writer in writers] == [0, 0]
    keys = [f"{name} {n}" for name in "ab" for n in range(50)]
    assert SweepStore(path).known("figures", keys) == set(keys)
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_files_of_others(tmp_path):
    text, other = tmp_path / "text", tmp_path / "other.sqlite"
    text.write_text("no database" * 100)
    with sqlite3.connect(other) as file:
        file.execute("CREATE TABLE mine (n)")
    for path in (text, other):
        with pytest.raises(ValueError, match=f"{path} is not a file of sweeps"):
            SweepStore(path)
    with pytest.raises(OutputError, match=f"Cannot write {tmp_path}"):
        SweepStore(tmp_path)
