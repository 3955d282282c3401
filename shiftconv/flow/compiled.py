"""The compiled simulator: Verilator's C++ of the very Verilog that users get, and a native driver.

Python hands over beats and takes beats; between the two no Python runs.

Why Verilator, and not CXXRTL: both were measured on dot products of run-time weights with a
pipelined adder tree, g++ 12, two shared cores. With 16 lanes they are alike: 3 seconds to build, 3
million cycles a second. With 150 lanes and two memories Verilator 5.48 took 5 seconds and ran
340,000 cycles a second, files and checks of the stream included; CXXRTL of Yosys 0.70 took 206
seconds and ran 43,000, without either. Networks have more lanes than that.
"""

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftconv.flow.files import output_errors
from shiftconv.flow.tools import Job, run_jobs
from shiftconv.flow.verilate import build_simulator, find_compiler

__all__ = ["CompiledModel", "Run", "SimulationError", "find_compiler"]

DEFAULT_WATCHDOG = 1_000_000
EVER = (-1_000_000, 2**62)


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
        )
        seconds = time.monotonic() - start if is_new else 0.0
        return cls(program, in_bytes, out_bytes, trace, seconds)

    def run(
        self,
        beats: NDArray[np.uint8],
        last: NDArray[np.bool_],
        *,
        expect_beats: int | None = None,
        stall_in: float = 0.0,
        stall_out: float = 0.0,
        seed: int = 0,
        watchdog_cycles: int = DEFAULT_WATCHDOG,
        drain_cycles: int = 0,
        waves: Path | None = None,
        wave_cycles: tuple[int, int] = EVER,
        plusargs: Mapping[str, object] | None = None,
    ) -> Run:
        """Reset the design, feed it every beat, and collect what it gives.

        Parameters
        ----------
        beats : ndarray of uint8, shape (n, in_bytes)
            Input beats, the byte of the lowest bits first.
        last : ndarray of bool, shape (n,)
            Their marks.
        expect_beats : int, optional
            End when all input is taken and so many beats came out. Without it, end when all input
            is taken and nothing has moved for ``watchdog_cycles``.
        stall_in, stall_out : float
            Chance that the source, or the sink, pauses in a cycle.
        seed : int
            Of the pauses, and of what lies on ``s_axis_tdata`` while ``s_axis_tvalid`` is low.
        watchdog_cycles : int
            Give up when no beat has moved on either side for so long.
        drain_cycles : int
            Go on for so long after the end: beats too many show up in the result.
        waves : Path, optional
            Write waves or toggle counts here; the simulator must have been built to ``trace``.
        wave_cycles : (first, last)
            The cycles that they are of; the reset comes before cycle 0. Of the toggles, Verilator
            counts one for each signal that is high at the beginning.
        plusargs : mapping, optional
            What ``$value$plusargs`` gives the model.

        Raises
        ------
        SimulationError
            If an output beat changes or vanishes before it is taken, or if the watchdog barks.
        ValueError
            If shapes or options do not fit.
        OutputError
            If there is no room for the files.
        """
        beats, marks = np.ascontiguousarray(beats), np.ascontiguousarray(last)
        if beats.dtype != np.uint8 or beats.ndim != 2 or beats.shape[1] != self.in_bytes:
            raise ValueError(
                f"Beats must be uint8 of shape (n, {self.in_bytes}), not {beats.dtype} of shape "
                f"{beats.shape}"
            )
        if marks.shape != beats.shape[:1]:
            raise ValueError(f"There are {len(beats)} beats, but marks of shape {marks.shape}")
        for name, stall in ("stall_in", stall_in), ("stall_out", stall_out):
            if not 0 <= stall < 1:
                raise ValueError(f"The chance {name} must be from 0 to below 1, not {stall!r}")
        if waves is not None and not self.trace:
            raise ValueError("This simulator was built without waves; build it with trace")
        options = [
            len(beats),
            -1 if expect_beats is None else expect_beats,
            int(stall_in * 2**32),
            int(stall_out * 2**32),
            seed % 2**64,
            watchdog_cycles,
            drain_cycles,
            *([] if waves is None else [waves.resolve(), *wave_cycles]),
            *(f"+{name}={value}" for name, value in (plusargs or {}).items()),
        ]
        work = self.program.parent
        with (
            output_errors(self.program),
            tempfile.TemporaryDirectory(dir=work, prefix=".run-") as name,
        ):
            folder = Path(name)
            beats.tofile(folder / "in_beats")
            marks.astype(np.uint8).tofile(folder / "in_last")
            call = [str(self.program.resolve()), str(folder.resolve()), *map(str, options)]
            start = time.monotonic()
            run_jobs([Job("The compiled simulator", call, work)])
            return self._collect(folder, time.monotonic() - start)

    def _collect(self, folder: Path, seconds: float) -> Run:
        """What the driver left in ``folder``; raises SimulationError if it says so."""
        cycles, frame_errors, wrong = (folder / "summary").read_text().split("\n")
        run = Run(
            beats=np.fromfile(folder / "out_beats", np.uint8).reshape(-1, self.out_bytes),
            last=np.fromfile(folder / "out_last", np.uint8).astype(bool),
            out_cycle=np.fromfile(folder / "out_cycle", np.int64),
            in_cycle=np.fromfile(folder / "in_cycle", np.int64),
            cycles=int(cycles),
            frame_errors=int(frame_errors),
            seconds=seconds,
        )
        if wrong:
            raise SimulationError(f"The simulated design broke off: {wrong}", run)
        return run
