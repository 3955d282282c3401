"""Processes of this machine: what they give, and that none is left."""

import math
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from shiftconv.flow.sweep.local import run_locally
from shiftconv.flow.sweep.tasks import LostError, Task


def test_results_exceptions_and_a_death():
    tasks = [Task("dies", os._exit, 3), Task("refuses", math.sqrt, -1)]
    tasks += [Task(f"{n}", pow, 2, (n,)) for n in range(6)]
    found = dict(run_locally(tasks, n_parallel=2))
    died, refused, *powers = (found[task] for task in tasks)
    assert isinstance(died, LostError)
    assert isinstance(refused, ValueError)
    assert powers == [2**n for n in range(6)]


def test_blas_has_one_thread(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    [(_, threads)] = run_locally([Task("", os.getenv, "OMP_NUM_THREADS")], n_parallel=1)
    assert threads == "1"
    assert "OMP_NUM_THREADS" not in os.environ


def grows(path, seconds):
    """Whether a file grows within some seconds."""
    size = path.stat().st_size if path.exists() else 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if path.exists() and path.stat().st_size > size:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_end_of_the_parent_ends_the_worker_and_its_tool(tmp_path, how):
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.flow.sweep.beating", tmp_path],
        cwd=Path(__file__).parents[3],
        stderr=subprocess.PIPE,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    alive = tmp_path / "worker", tmp_path / "tool"
    assert all(grows(path, 30) for path in alive)
    parent.send_signal(how)
    parent.communicate(timeout=30)
    end = time.monotonic() + 20
    while any(grows(path, 0.3) for path in alive):
        assert time.monotonic() < end
