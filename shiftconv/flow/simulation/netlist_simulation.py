"""Simulate what synthesis made: a netlist and its cells' models, against the golden model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.datasets import pixel_values
from quant.evaluate import top1
from shiftconv.flow.beats import pack_frames, unpack_frames
from shiftconv.flow.component_designs import COMPONENT_DESIGNS
from shiftconv.flow.component_designs.array import ArrayDesign
from shiftconv.flow.files import output_errors, write_atomic
from shiftconv.flow.generate import read_plan
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulation.bench import BENCH, bench_verilog, port_widths, write_stream
from shiftconv.flow.simulation.compiled import CompiledModel, Run
from shiftconv.flow.simulation.loading import WEIGHTS
from shiftconv.flow.simulation.netlist_cells import cell_models, check_cells
from shiftconv.flow.simulation.payloads import pack_payloads, unpack_payloads
from shiftconv.flow.simulation.scratch import scratch_folder
from shiftconv.flow.simulation.simulation_result import SimulationResult
from shiftconv.flow.synthesis.design_synthesis import netlist_of
from shiftconv.gateware.beat import n_beats

__all__ = ["Trial", "component_trial", "network_trial", "simulate_netlist"]

WATCHDOG = 100_000


IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What goes into a design, and what must come out.

    Parameters
    ----------
    beats, last : ndarray
        Of ``s_axis``.
    others : mapping of str to sequence of int
        TDATA of every beat of the other input streams, by their prefix.
    expected : ndarray of int64, shape (n, ...)
        Values, a frame or window each.
    n_beats : int
        Output beats of all frames.
    decode : callable
        Values of output beats, in the shape of ``expected``.
    labels : ndarray of int64, optional
    """

    beats: NDArray[np.uint8]
    last: NDArray[np.bool_]
    others: Mapping[str, Sequence[int]]
    expected: IntArray
    n_beats: int
    decode: Callable[[NDArray[np.uint8]], IntArray]
    labels: IntArray | None = None


def network_trial(
    folder: Path, manifest: Manifest, images: NDArray[Any], labels: IntArray | None = None
) -> Trial:
    """Images for a network; raises ValueError if they do not fit."""
    plan = read_plan(manifest, folder)
    network = plan.network
    act = network.in_format.quantize(pixel_values(images))
    s_axis, m_axis = manifest.ports["s_axis"][0], manifest.ports["m_axis"][0]
    beats, last = pack_frames(act, s_axis)
    height, width, channels = network.out_shape
    return Trial(
        beats=beats,
        last=last,
        others={WEIGHTS: list(plan.weight_bytes())} if plan.loads else {},
        expected=network.infer(act),
        n_beats=len(act) * height * width * n_beats(channels, m_axis["count"]),
        decode=lambda found: unpack_frames(found, m_axis, network.out_shape),
        labels=labels,
    )


def component_trial(manifest: Manifest, n: int, seed: int, *, stationary: bool = False) -> Trial:
    """``n`` random images or windows for a bare component.

    With ``stationary`` a processing element's or an array's weights are the same for all windows,
    as an engine's always are.
    """
    design = COMPONENT_DESIGNS[manifest.kind].from_dict(manifest.parameters)
    held = {"stationary": True} if stationary and isinstance(design, ArrayDesign) else {}
    inputs, outputs = design.stimulus(np.random.default_rng(seed), n, **held)
    streams = {f"s_axis{name[1:]}": payloads for name, payloads in inputs.items()}
    beats, last = pack_payloads(streams.pop("s_axis"), manifest.ports["s_axis"])
    others = {
        prefix: [
            int.from_bytes(beat, "little")
            for beat in pack_payloads(payloads, manifest.ports[prefix])[0]
        ]
        for prefix, payloads in streams.items()
    }
    m_axis = manifest.ports["m_axis"]

    def decode(found: NDArray[np.uint8]) -> IntArray:
        return unpack_payloads(found, m_axis).reshape(n, -1)

    return Trial(
        beats=beats,
        last=last,
        others=others,
        expected=decode(pack_payloads(outputs, m_axis)[0]),
        n_beats=len(outputs),
        decode=decode,
    )


def netlist_model(
    folder: Path,
    manifest: Manifest,
    family: str,
    *,
    trace: str | None = None,
    parts: bool = False,
    on_share: Callable[[float], None] = lambda share: None,
) -> CompiledModel:
    """The compiled simulator of a design's netlist, made or found.

    ``parts`` is as :func:`synth_design` takes it; ``on_share`` is told about how much of the
    compilation is done.

    Raises
    ------
    ValueError
        If the family, or a cell that the netlist has, has no model.
    ToolError
        If a tool fails.
    """
    models = cell_models(family)
    netlist = netlist_of(folder, manifest, family=family, parts=parts).read_text()
    check_cells(netlist, family)
    ports = port_widths(netlist, manifest.name)
    others = [prefix for prefix in manifest.ports if prefix.startswith("s_axis_")]
    bench = bench_verilog(ports, manifest.name, streams=others)
    work = folder / "simulate" / (f"{family}-parts" if parts else family)
    source = work / "netlist.v"
    write_atomic(source, f"{netlist}{bench}/* verilator tracing_off */\n{models}")
    return CompiledModel.build(
        source,
        top=BENCH,
        in_bytes=manifest.tdata_bytes("s_axis"),
        out_bytes=manifest.tdata_bytes("m_axis"),
        work=work,
        trace=trace,
        on_share=on_share,
    )


def run_trial(
    model: CompiledModel,
    trial: Trial,
    *,
    on_share: Callable[[float], None] = lambda share: None,
    **conditions: Any,
) -> Run:
    """Send a trial's beats through a compiled simulator, under :class:`Stimulus`' conditions."""
    with output_errors(model.program), scratch_folder(model.program.parent) as folder:
        plusargs = {prefix: folder.resolve() / prefix for prefix in trial.others}
        for prefix, words in trial.others.items():
            write_stream(plusargs[prefix], words)
        return model.run(
            trial.beats,
            trial.last,
            expect_beats=trial.n_beats,
            watchdog_cycles=WATCHDOG,
            plusargs=plusargs,
            on_given=lambda n_beats: on_share(n_beats / trial.n_beats),
            **conditions,
        )


def simulate_netlist(
    folder: Path,
    manifest: Manifest,
    trial: Trial,
    *,
    family: str,
    stall_in: float = 0.0,
    stall_out: float = 0.0,
    seed: int = 0,
    vcd: Path | None = None,
    on_phase: Callable[[str], None] = lambda phase: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> SimulationResult:
    """Stream a stimulus through a design's netlist and compare every output value.

    ``on_phase`` is told what begins, ``on_share`` how much of that is done, from 0 to 1.

    Raises
    ------
    ValueError
        If the family, or a cell that the netlist has, has no model.
    SimulationError
        If the netlist breaks a rule of its streams, or hangs.
    ToolError
        If a tool is missing or fails.
    """
    cell_models(family)
    on_phase("synthesis")
    netlist_of(folder, manifest, family=family, on_share=on_share)
    on_phase("compiling the simulator")
    trace = "vcd" if vcd else None
    model = netlist_model(folder, manifest, family, trace=trace, on_share=on_share)
    on_phase("simulating")
    run = run_trial(
        model,
        trial,
        on_share=on_share,
        stall_in=stall_in,
        stall_out=stall_out,
        seed=seed,
        waves=vcd,
    )
    found = trial.decode(run.beats)
    n = len(trial.expected)
    steady = n > 1 and not (stall_in or stall_out)
    ends = run.out_cycle[trial.n_beats // n - 1 :: trial.n_beats // n]
    return SimulationResult(
        engine=f"netlist {family}",
        images=n,
        values=trial.expected.size,
        mismatched_values=int((found != trial.expected).sum()),
        top1=None if trial.labels is None else top1(found, trial.labels),
        latency_cycles=int(ends[0] - run.in_cycle[0]),
        cycles_per_frame=int(ends[-1] - ends[-2]) if steady else None,
        planned_cycles_per_frame=manifest.cycles_per_frame,
        frame_errors=run.frame_errors,
        cycles=run.cycles,
        images_per_second=n / max(run.seconds, 1e-9),
        build_seconds=model.build_seconds,
    )
