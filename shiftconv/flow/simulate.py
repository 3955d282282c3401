"""Simulate a design and compare it, bit for bit, with the golden model."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.datasets import pixel_values
from quant.evaluate import top1
from shiftconv.accelerator import Dataflow
from shiftconv.flow.beats import pack_frames, unpack_frames
from shiftconv.flow.compiled import CompiledModel
from shiftconv.flow.component_designs import COMPONENT_DESIGNS, concatenate
from shiftconv.flow.generate import read_plan
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.stream_simulation import simulate_streams
from shiftconv.gateware.beat import n_beats

__all__ = ["ENGINES", "SimulationResult", "simulate_component", "simulate_network"]

ENGINES = ("compiled", "python")

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class SimulationResult:
    """What a simulation found.

    Parameters
    ----------
    engine : str
        One of :data:`ENGINES`.
    images : int
        Frames, or windows of a processing element, simulated.
    values : int
        Output values compared.
    mismatched_values : int
        How many differ from the golden model's.
    top1 : float or None
        Fraction of images whose largest simulated output is the label's; None without labels.
    latency_cycles : int
        From the first input beat to the first frame's last output beat.
    cycles_per_frame : int or None
        Measured in steady state: between the ends of the last two frames.
    planned_cycles_per_frame : int or None
    frame_errors : int
        Frames that the design flagged.
    cycles : int
    images_per_second : float
        Speed of the simulator itself.
    build_seconds : float
        Time to compile the simulator; 0 if it was compiled before, or needs no compilation.
    """

    engine: str
    images: int
    values: int
    mismatched_values: int
    top1: float | None
    latency_cycles: int
    cycles_per_frame: int | None
    planned_cycles_per_frame: int | None
    frame_errors: int
    cycles: int
    images_per_second: float
    build_seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON."""
        return asdict(self)


def simulate_network(
    folder: Path,
    manifest: Manifest,
    images: NDArray[Any],
    labels: IntArray | None = None,
    *,
    engine: str = "compiled",
    stall: float = 0.0,
    seed: int = 0,
    vcd: Path | None = None,
    on_phase: Callable[[str], None] = lambda phase: None,
) -> SimulationResult:
    """Stream frames through an accelerator and compare every output value.

    Parameters
    ----------
    folder : Path
        Build folder of a network.
    manifest : Manifest
        Its manifest.
    images : ndarray of uint8 or floating point, shape (n, *in_shape)
        Input frames; a uint8 pixel ``p`` stands for ``p / 256``.
    labels : ndarray of int64, shape (n,), optional
    engine : {"compiled", "python"}
        Verilator on the Verilog itself, or Amaranth's simulator on the component, about a thousand
        times slower.
    stall : float
        Chance that either side pauses in a cycle.
    seed : int
        Of the pauses.
    vcd : Path, optional
        Write waves here.
    on_phase : callable
        Told what begins: for a progress display.

    Raises
    ------
    ValueError
        If frames or options do not fit.
    SimulationError, StreamError
        If the design breaks a rule of its streams, or hangs.
    ToolError
        If a tool is missing or fails.
    """
    plan = read_plan(manifest, folder)
    on_phase("golden model")
    act = plan.network.in_format.quantize(pixel_values(images))
    expected = plan.network.infer(act)
    s_axis, m_axis = manifest.ports["s_axis"][0], manifest.ports["m_axis"][0]
    beats, last = pack_frames(act, s_axis)
    height, width, channels = plan.network.out_shape
    per_frame = height * width * n_beats(channels, m_axis["count"])
    n_out = per_frame * len(act)
    build_seconds = 0.0
    if engine == "compiled":
        on_phase("compiling the simulator")
        model = CompiledModel.build(
            manifest.verilog(folder),
            top=manifest.name,
            in_bytes=manifest.tdata_bytes("s_axis"),
            out_bytes=manifest.tdata_bytes("m_axis"),
            work=folder / "simulate",
            trace="vcd" if vcd else None,
        )
        build_seconds = model.build_seconds
        on_phase("simulating")
        run = model.run(
            beats,
            last,
            expect_beats=n_out,
            stall_in=stall,
            stall_out=stall,
            seed=seed,
            watchdog_cycles=_watchdog(plan.latency_cycles, stall),
            waves=vcd,
        )
        start, cycles, seconds = run.in_cycle[0], run.out_cycle, run.seconds
        found, marks, frame_errors = run.beats, run.last, run.frame_errors
    else:
        on_phase("simulating")
        run_python = _simulate_dataflow(plan, s_axis, m_axis, beats, last, n_out, stall, seed, vcd)
        start, cycles, seconds, found, marks, frame_errors = run_python
    simulated = unpack_frames(found, m_axis, plan.network.out_shape)
    wrong = simulated != expected
    wrong |= (marks.reshape(len(act), -1)[:, -1] != 1).reshape(-1, 1, 1, 1)
    ends = cycles[per_frame - 1 :: per_frame]
    return SimulationResult(
        engine=engine,
        images=len(act),
        values=expected.size,
        mismatched_values=int(wrong.sum()),
        top1=None if labels is None else top1(simulated, labels),
        latency_cycles=int(ends[0] - start),
        cycles_per_frame=int(ends[-1] - ends[-2]) if len(ends) > 1 and not stall else None,
        planned_cycles_per_frame=plan.cycles_per_frame,
        frame_errors=frame_errors,
        cycles=int(cycles[-1] + 1),
        images_per_second=len(act) / max(seconds, 1e-9),
        build_seconds=build_seconds,
    )


def _watchdog(latency: int, stall: float) -> int:
    """Cycles after which a design that gives nothing is stuck."""
    return int(10_000 + 4 * latency / (1 - stall) ** 2)


def _simulate_dataflow(plan, s_axis, m_axis, beats, last, n_out, stall, seed, vcd):
    """The python engine: payloads of the inner streams instead of TDATA."""
    values = unpack_frames(beats, s_axis, (1, 1, s_axis["count"])).reshape(len(beats), -1)
    mark = 1 << s_axis["count"] * s_axis["width"]
    payloads = [
        concatenate(row, s_axis["width"]) + (mark if end else 0)
        for row, end in zip(values, last, strict=True)
    ]
    begin = time.monotonic()
    recording = simulate_streams(
        Dataflow(plan),
        {"i": payloads},
        n_out,
        stall=stall,
        rng=np.random.default_rng(seed),
        watchdog=_watchdog(plan.latency_cycles, stall),
        flag="frame_error",
        vcd=vcd,
    )
    seconds = time.monotonic() - begin
    count, width = m_axis["count"], m_axis["width"]
    fields = [
        [bits >> n * width & (2**width - 1) for n in range(count)] for bits in recording.payloads
    ]
    found, _ = pack_frames(np.array(fields, np.int64).reshape(-1, 1, 1, count), m_axis)
    marks = np.array([bits >> count * width for bits in recording.payloads], bool)
    cycles = np.array(recording.cycles)
    return recording.first_input, cycles, seconds, found, marks, recording.flags


def simulate_component(
    manifest: Manifest,
    n: int,
    *,
    stall: float = 0.0,
    seed: int = 0,
    vcd: Path | None = None,
) -> SimulationResult:
    """Random data through a bare component in Amaranth's simulator, against its golden model.

    Parameters
    ----------
    manifest : Manifest
    n : int
        Images, or windows of a processing element.
    stall, seed, vcd
        As for :func:`simulate_network`.

    Raises
    ------
    StreamError
        If the component breaks a rule of its streams, or hangs.
    """
    design = COMPONENT_DESIGNS[manifest.kind].from_dict(manifest.parameters)
    rng = np.random.default_rng(seed)
    inputs, expected = design.stimulus(rng, n)
    begin = time.monotonic()
    recording = simulate_streams(
        design.component(),
        inputs,
        len(expected),
        stall=stall,
        rng=rng,
        watchdog=_watchdog(10 * sum(map(len, inputs.values())), stall),
        vcd=vcd,
    )
    seconds = time.monotonic() - begin
    per_frame = len(expected) // n
    ends = recording.cycles[per_frame - 1 :: per_frame]
    return SimulationResult(
        engine="python",
        images=n,
        values=len(expected),
        mismatched_values=sum(
            found != wanted for found, wanted in zip(recording.payloads, expected, strict=True)
        ),
        top1=None,
        latency_cycles=ends[0] - recording.first_input,
        cycles_per_frame=ends[-1] - ends[-2] if n > 1 and not stall else None,
        planned_cycles_per_frame=manifest.cycles_per_frame,
        frame_errors=0,
        cycles=recording.cycles[-1],
        images_per_second=n / max(seconds, 1e-9),
        build_seconds=0.0,
    )
