"""Tools run, fail in a sentence, and end when we do."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shiftconv.flow import tools
from shiftconv.flow.tools import Job, ToolError, run_jobs, run_yosys, tool_versions, wheel_folder

SLEEPER = "import subprocess, sys; subprocess.run([sys.executable, '-c', {!r}])"
CHILD = "import os, time; open('child', 'w').write(str(os.getpid())); time.sleep(60)"


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(condition) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_versions():
    versions = tool_versions()
    assert set(versions) == {"shiftconv", "python", "numpy", "amaranth", "yosys", "verilator"}
    assert all(re.match(r"\d+\.\d+", value) for value in versions.values())


def test_yosys_writes_into_its_folder(tmp_path):
    run_yosys("tee -q -o cells.txt help stat", tmp_path)
    assert "stat" in (tmp_path / "cells.txt").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["cells.txt"]


def test_yosys_error_has_its_last_lines_and_the_log(tmp_path):
    log = tmp_path / "yosys.log"
    with pytest.raises(ToolError, match=r"Yosys failed:\nERROR: .*absent\.v") as error:
        run_yosys("read_verilog absent.v", tmp_path, log=log)
    assert str(log) in str(error.value)
    assert "absent.v" in log.read_text()


def test_yosys_needs_no_activated_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    run_yosys("tee -q -o out.txt log here", tmp_path)
    assert (tmp_path / "out.txt").read_text().strip() == "here"


def test_missing_tool_and_missing_package(tmp_path):
    with pytest.raises(ToolError, match=r"Router cannot be started: .*no-such-tool"):
        run_jobs([Job("Router", ["no-such-tool"], tmp_path)])
    with pytest.raises(ToolError, match="package 'no_such_package' is missing"):
        wheel_folder("no_such_package")


def test_one_failure_ends_the_others(tmp_path):
    sleeper = Job("Sleeper", [sys.executable, "-c", SLEEPER.format(CHILD)], tmp_path)
    wait_then_fail = (
        "import os, sys, time\n"
        "while not (os.path.exists('child') and open('child').read()): time.sleep(0.02)\n"
        "sys.exit('found nothing')"
    )
    failing = Job("Failing", [sys.executable, "-c", wait_then_fail], tmp_path)
    with pytest.raises(ToolError, match=r"Failing failed with exit code 1:\nfound nothing"):
        run_jobs([sleeper, failing], n_parallel=2)
    child = int((tmp_path / "child").read_text())
    wait_for(lambda: not alive(child))


def test_ctrl_c_ends_the_tool_and_its_children(tmp_path):
    script = (
        "import sys, pathlib; from shiftconv.flow.tools import Job, run_jobs\n"
        f"run_jobs([Job('Sleeper', [sys.executable, '-c', {SLEEPER.format(CHILD)!r}], "
        f"pathlib.Path({str(tmp_path)!r}))])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    # A test run in the background would hand on that it ignores the signal.
    ours = subprocess.Popen(
        [sys.executable, "-c", script],
        env=environment,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with ours:
        pid_file = tmp_path / "child"
        wait_for(lambda: pid_file.exists() and pid_file.read_text())
        ours.send_signal(signal.SIGINT)
        _, errors = ours.communicate(timeout=20)
    assert b"KeyboardInterrupt" in errors
    wait_for(lambda: not alive(int(pid_file.read_text())))


def test_jobs_are_asked_for_when_they_can_start(tmp_path):
    """And what is done with a result does not hold up the next job."""
    told = []

    def jobs():
        for n in range(4):
            told.append(f"start {n}")
            yield Job(f"{n}", [sys.executable, "-c", "pass"], tmp_path)

    run_jobs(jobs(), on_done=lambda job: told.append(f"done {job.name}"))
    assert told == [
        "start 0", "start 1", "done 0", "start 2", "done 1", "start 3", "done 2", "done 3",
    ]  # fmt: skip


def test_waiting_is_told(tmp_path):
    waited = []
    job = Job("Sleeper", [sys.executable, "-c", "import time; time.sleep(0.3)"], tmp_path)
    run_jobs([job], on_wait=lambda: waited.append(None))
    assert len(waited) > 3


def test_passes_are_told_as_the_log_grows(tmp_path, monkeypatch):
    monkeypatch.setattr(tools, "TELL_SECONDS", 0)
    log, told = tmp_path / "log", []
    passes = tools._Passes(log, told.append)
    passes.tell()
    for text in ("1. Executing Verilog", "-2005\nTime 3. Executing\n2.1. Exec", "uting PROC.\n2.1"):
        with log.open("a") as file:
            file.write(text)
        passes.tell()
    assert told == ["1", "2.1"]


def test_yosys_tells_its_passes(tmp_path, monkeypatch):
    monkeypatch.setattr(tools, "TELL_SECONDS", 0)
    told = []
    run_yosys("proc\nopt\n" + "opt_clean\n" * 2000, tmp_path, on_pass=told.append)
    assert told[:1] == ["1"]
    assert "2.1" in told
    numbers = [int(number.split(".")[0]) for number in told]
    assert numbers == sorted(numbers)
