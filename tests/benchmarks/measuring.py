"""Whole processes measured by the operating system's own account of them."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Measurement", "measure"]

MIB = 1024


@dataclass(frozen=True)
class Measurement:
    """A process that ended, with all that it started.

    Parameters
    ----------
    seconds, cpu_seconds : float
    peak_mib : float
        Of the largest single process.
    load : float
        Of the machine when it ended, over the last minute, this process's included.
    out : str
        What it printed.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    load: float
    out: str

    def __str__(self) -> str:
        return (
            f"{self.seconds:.1f} s, {self.cpu_seconds:.1f} s of CPU, largest process "
            f"{self.peak_mib:,.0f} MiB, load {self.load:.1f}"
        )


def measure(call: Sequence[object], env: Mapping[str, str] | None = None) -> Measurement:
    """Run a command; raises RuntimeError if it fails."""
    begin = time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in call],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    with process.stdout as stdout:
        out = stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{call[0]} failed with exit code {process.returncode}:\n{out[-2000:]}")
    return Measurement(
        time.monotonic() - begin,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / MIB,
        os.getloadavg()[0],
        out,
    )
