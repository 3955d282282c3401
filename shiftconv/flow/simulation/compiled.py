"""The compiled simulator: Verilator's C++ of the very Verilog that users get, and a native driver.

Python hands over beats and takes beats; between the two no Python runs.

Why Verilator, and not CXXRTL: both were measured on dot products of run-time weights with a
pipelined adder tree, g++ 12, two shared cores. With 16 lanes they are alike: 3 seconds to build, 3
million cycles a second. With 150 lanes and two memories Verilator 5.48 took 5 seconds and ran
340,000 cycles a second, files and checks of the stream included; CXXRTL of Yosys 0.70 took 206
seconds and ran 43,000, without either. Networks have more lanes than that.
"""

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftconv.flow.files import output_errors
from shiftconv.flow.simulation.scratch import scratch_folder
from shiftconv.flow.simulation.stimulus import Stimulus
from shiftconv.flow.simulation.verilate import build_simulator, find_compiler
from shiftconv.flow.tools import Job, run_jobs

__all__ = ["CompiledModel", "Run", "SimulationError", "find_compiler"]

TELL_SECONDS = 0.2


class SimulationError(RuntimeError):
    """The simulated design broke the stream's rules or got stuck.

    Parameters
    ----------
    message : str
        What happened, and when.
    run : Run
        What came out until then.
    """

    def __init__(self, message: str, run: "Run"):
        super().__init__(message)
        self.run = run


@dataclass(frozen=True, eq=False)
class Run:
    """What a simulation gave.

    Parameters
    ----------
    beats : ndarray of uint8, shape (n, out_bytes)
        Output beats, the byte of the lowest bits first.
    last : ndarray of bool, shape (n,)
        Their marks.
    out_cycle : ndarray of int64, shape (n,)
        Cycle in which each was taken; the first cycle after reset is 0.
    in_cycle : ndarray of int64, shape (m,)
        Cycle in which each input beat was taken, as far as they were.
    cycles : int
        Cycles simulated after reset.
    frame_errors : int
        Cycles in which ``frame_error`` was high; 0 if the design has no such port.
    seconds : float
        Time of the simulator itself.
    """

    beats: NDArray[np.uint8]
    last: NDArray[np.bool_]
    out_cycle: NDArray[np.int64]
    in_cycle: NDArray[np.int64]
    cycles: int
    frame_errors: int
    seconds: float


@dataclass(frozen=True)
class CompiledModel:
    """A simulator of one design, made by :meth:`build`.

    Parameters
    ----------
    program : Path
        The compiled simulator.
    in_bytes, out_bytes : int
        Bytes of ``s_axis_tdata`` and ``m_axis_tdata``.
    trace : {None, "vcd", "saif"}
        What it can write: waves, or how often every signal toggles.
    build_seconds : float
        Time that Verilator and the compiler took; 0 if the simulator was there already.
    """

    program: Path
    in_bytes: int
    out_bytes: int
    trace: str | None
    build_seconds: float

    @classmethod
    def build(
        cls,
        verilog: Path,
        *,
        top: str,
        in_bytes: int,
        out_bytes: int,
        work: Path,
        trace: str | None = None,
        compiler: Sequence[str] | None = None,
        on_share: Callable[[float], None] = lambda share: None,
    ) -> "CompiledModel":
        """Compile a simulator, or find the one that was compiled from the same input before.

        Parameters
        ----------
        verilog : Path
            File that holds the design.
        top : str
            Module with the ports ``clk``, ``rst``, ``s_axis_*`` and ``m_axis_*``, and perhaps
            ``frame_error``.
        in_bytes, out_bytes : int
            Bytes of ``s_axis_tdata`` and ``m_axis_tdata``.
        work : Path
            Folder that keeps the simulator; made if it is missing.
        trace : {None, "vcd", "saif"}
            Make it able to write waves, or toggle counts, which makes it slower.
        compiler : sequence of str, optional
            Call of the C++ compiler; by default what :func:`find_compiler` finds.
        on_share : callable
            Told about how much is done, from 0 to 1.

        Raises
        ------
        ValueError
            If a port is missing or has another width.
        ToolError
            If Verilator or the compiler is missing or fails.
        OutputError
            If ``work`` cannot be written.
        """
        start = time.monotonic()
        program, is_new = build_simulator(
            verilog,
            top=top,
            in_bytes=in_bytes,
            out_bytes=out_bytes,
            work=work.resolve(),
            trace=trace,
            compiler=tuple(compiler or find_compiler()),
            on_share=on_share,
        )
        seconds = time.monotonic() - start if is_new else 0.0
        return cls(program, in_bytes, out_bytes, trace, seconds)

    def run(
        self,
        beats: NDArray[np.uint8],
        last: NDArray[np.bool_],
        *,
        on_given: Callable[[int], None] = lambda n_beats: None,
        **conditions: Any,
    ) -> Run:
        """Reset the design, feed it every beat, and collect what it gives.

        Parameters
        ----------
        beats, last, **conditions
            Those of :class:`Stimulus`.
        on_given : callable
            As :meth:`run_all` takes it.

        Raises
        ------
        SimulationError
            If an output beat changes or vanishes before it is taken, or if the watchdog barks.
        ValueError
            If shapes or options do not fit.
        OutputError
            If there is no room for the files.
        """
        runs: list[Run] = []
        stimulus = Stimulus(beats, last, **conditions)
        self.run_all([stimulus], lambda n, run: runs.append(run), on_given=on_given)
        return runs[0]

    def run_all(
        self,
        stimuli: Iterable[Stimulus],
        on_run: Callable[[int, Run], None],
        *,
        n_parallel: int = 1,
        on_given: Callable[[int], None] = lambda n_beats: None,
    ) -> None:
        """One run for each stimulus, at most ``n_parallel`` at a time.

        Parameters
        ----------
        stimuli : iterable of Stimulus
            The next is asked for when its run can start.
        on_run : callable
            Given the number of a stimulus and its run, as soon as that has ended.
        n_parallel : int
        on_given : callable
            Told several times a second how many beats all runs have given so far.

        Raises
        ------
        SimulationError, ValueError, OutputError
            As for :meth:`run`.
        """
        running: dict[int, Path] = {}
        given = 0
        last_told = time.monotonic()

        def jobs() -> Iterator[Job]:
            for n, stimulus in enumerate(stimuli):
                running[n] = scratch / str(n)
                running[n].mkdir()
                yield self._job(stimulus, running[n])

        def collect(job: Job) -> None:
            nonlocal given
            run = self._collect(job.cwd)
            shutil.rmtree(running.pop(int(job.cwd.name)))
            given += len(run.beats)
            on_run(int(job.cwd.name), run)

        def tell() -> None:
            nonlocal last_told
            if time.monotonic() - last_told >= TELL_SECONDS:
                on_given(given + sum(map(_progress, running.values())))
                last_told = time.monotonic()

        work = self.program.resolve().parent
        with output_errors(self.program), scratch_folder(work) as scratch:
            run_jobs(jobs(), n_parallel=n_parallel, on_done=collect, on_wait=tell)

    def _job(self, stimulus: Stimulus, folder: Path) -> Job:
        """A call of the driver, whose input goes into ``folder``."""
        if stimulus.beats.shape[1] != self.in_bytes:
            raise ValueError(
                f"Beats must be uint8 of shape (n, {self.in_bytes}), not uint8 of shape "
                f"{stimulus.beats.shape}"
            )
        if stimulus.waves is not None and not self.trace:
            raise ValueError("This simulator was built without waves; build it with trace")
        stimulus.write(folder)
        call = [str(self.program.resolve()), str(folder), *stimulus.options]
        return Job("The compiled simulator", call, folder)

    def _collect(self, folder: Path) -> Run:
        """What the driver left in ``folder``; raises SimulationError if it says so."""
        cycles, frame_errors, seconds, wrong = (folder / "summary").read_text().split("\n")
        run = Run(
            beats=np.fromfile(folder / "out_beats", np.uint8).reshape(-1, self.out_bytes),
            last=np.fromfile(folder / "out_last", np.uint8).astype(bool),
            out_cycle=np.fromfile(folder / "out_cycle", np.int64),
            in_cycle=np.fromfile(folder / "in_cycle", np.int64),
            cycles=int(cycles),
            frame_errors=int(frame_errors),
            seconds=float(seconds),
        )
        if wrong:
            raise SimulationError(f"The simulated design broke off: {wrong}", run)
        return run


def _progress(folder: Path) -> int:
    """Beats that the driver at work in ``folder`` has given; 0 if it is only about to begin."""
    try:
        return int(np.fromfile(folder / "progress", np.int64)[0])
    except (FileNotFoundError, IndexError):
        return 0
