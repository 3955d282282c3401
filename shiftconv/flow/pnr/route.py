"""Place and route a netlist with several seeds, and keep the fastest."""

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shiftconv.flow.pnr.platform import Prepared
from shiftconv.flow.pnr.toolchains import Toolchain
from shiftconv.flow.tools import Job, ToolError, run_jobs

__all__ = ["Routed", "Seed", "route_seeds"]

REPORT, LOG = "report.json", "nextpnr.log"

# When a seed's steps begin, as a share of its time: LeNet-5 on ecp5 and a small network on ice40.
STEPS = {"packing": 0.0, "placing": 0.01, "routing": 0.7}


@dataclass(frozen=True)
class Seed:
    """What came of one seed.

    Parameters
    ----------
    seed : int
    fmax_mhz : float
    """

    seed: int
    fmax_mhz: float


@dataclass(frozen=True)
class Routed:
    """A routed design.

    Parameters
    ----------
    report : dict
        nextpnr's, of the best seed.
    folder : Path
        Where its files are.
    seeds : tuple of Seed
        All that were tried, best first.
    """

    report: dict[str, Any]
    folder: Path
    seeds: tuple[Seed, ...]


def route_seeds(
    prepared: Prepared,
    toolchain: Toolchain,
    *,
    work: Path,
    clock_mhz: float,
    seeds: Sequence[int],
    n_parallel: int,
    on_phase: Callable[[str], None] = lambda phase: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> Routed:
    """Run nextpnr once for each seed.

    Parameters
    ----------
    prepared : Prepared
    toolchain : Toolchain
    work : Path
        Folder with the netlist and the constraints. Each seed gets a folder in it.
    clock_mhz : float
        Constraint of the clock.
    seeds : sequence of int
    n_parallel : int
        Seeds at a time.
    on_phase : callable
        Told what goes on.
    on_share : callable
        Told about how much is done, from 0 to 1.

    Raises
    ------
    ToolError
        If nextpnr fails; its log stays in the seed's folder.
    """
    toolchain.versions()
    jobs = [_job(prepared, toolchain, work, clock_mhz, seed) for seed in seeds]
    done: list[Seed] = []

    def finished(job: Job) -> None:
        done.append(Seed(_seed_of(job.cwd), _fmax(job.cwd)))

    def waiting() -> None:
        best = f", best {max(s.fmax_mhz for s in done):.1f} MHz" if done else ""
        step = _step(jobs)
        on_phase(f"{step}, {len(done)} of {len(jobs)} seeds done{best}")
        n_running = min(n_parallel, len(jobs) - len(done))
        on_share((len(done) + n_running * STEPS[step]) / len(jobs))

    run_jobs(jobs, n_parallel=n_parallel, on_done=finished, on_wait=waiting)
    on_share(1.0)
    done.sort(key=lambda seed: (-seed.fmax_mhz, seed.seed))
    folder = _folder(work, done[0].seed)
    return Routed(json.loads((folder / REPORT).read_text()), folder, tuple(done))


def _folder(work: Path, seed: int) -> Path:
    return work / f"seed{seed}"


def _seed_of(folder: Path) -> int:
    return int(folder.name.removeprefix("seed"))


def _job(prepared: Prepared, toolchain: Toolchain, work: Path, clock_mhz: float, seed: int) -> Job:
    folder = _folder(work, seed)
    folder.mkdir()
    # Tools of WebAssembly see best what lies in their own folder.
    for file in work.iterdir():
        if file.is_file():
            os.link(file, folder / file.name)
    words = [
        *toolchain.adapt_nextpnr([word for word in prepared.nextpnr if word != "--quiet"]),
        *toolchain.options,
        *f"--freq {clock_mhz:.6f} --seed {seed} --timing-allow-fail --report {REPORT}".split(),
    ]
    return Job("nextpnr", [*toolchain.nextpnr.argv, *words], folder, folder / LOG)


def _fmax(folder: Path) -> float:
    clocks = json.loads((folder / REPORT).read_text())["fmax"].values()
    if not clocks:
        raise ToolError(f"nextpnr found no clock in the design; its log is {folder / LOG}")
    return min(clock["achieved"] for clock in clocks)


def _step(jobs: Sequence[Job]) -> str:
    """What the first job that is under way does, as far as its log tells."""
    for job in jobs:
        if job.log is None or not job.log.exists() or (job.cwd / REPORT).exists():
            continue
        lines = job.log.read_text(errors="replace").splitlines()
        for line in reversed(lines):
            if re.search(r"[Rr]out(ing|er)", line):
                return "routing"
            if re.search(r"[Pp]lac(ing|er|ement)", line):
                return "placing"
        return "packing"
    return "routing"
