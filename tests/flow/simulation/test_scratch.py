"""Scratch folders go, at the latest with the next one."""

import subprocess
import sys

import pytest

from shiftconv.flow.simulation.scratch import scratch_folder

HOLDER = """
import sys, pathlib
from shiftconv.flow.simulation.scratch import scratch_folder
with scratch_folder(pathlib.Path({!r})) as folder:
    (folder / "file").touch()
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_gone_at_the_end_and_after_a_failure(tmp_path):
    with scratch_folder(tmp_path) as folder:
        (folder / "file").touch()
    with pytest.raises(RuntimeError, match="so what"), scratch_folder(tmp_path):
        raise RuntimeError("so what")
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_goes_but_not_what_is_in_use(tmp_path):
    call = [sys.executable, "-c", HOLDER.format(str(tmp_path))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(call, **pipes) as process:
        theirs = process.stdout.readline().strip()
        with scratch_folder(tmp_path) as ours:
            assert {str(path) for path in tmp_path.iterdir()} == {theirs, str(ours)}
        process.kill()
    assert [str(path) for path in tmp_path.iterdir()] == [theirs]
    with scratch_folder(tmp_path) as ours:
        assert list(tmp_path.iterdir()) == [ours]
