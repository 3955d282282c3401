"""Simulate a design and compare it, bit for bit, with the golden model."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.datasets import pixel_values
from shiftconv.accelerator import Dataflow
from shiftconv.flow.beats import pack_frames, unpack_frames
from shiftconv.flow.component_designs import COMPONENT_DESIGNS
from shiftconv.flow.generate import read_plan
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulation.compiled import CompiledModel, Run
from shiftconv.flow.simulation.loading import loaded_design
from shiftconv.flow.simulation.shards import Shard, run_shards, shard_frames
from shiftconv.flow.simulation.simulation_result import SimulationResult, Tally
from shiftconv.flow.simulation.stimulus import Stimulus
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.flow.simulation.traffic import Arrivals, Traffic
from shiftconv.flow.tools import n_cores
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.packing import concatenate
from shiftconv.plan import Plan

__all__ = ["ENGINES", "SimulationResult", "simulate_component", "simulate_network"]

ENGINES = ("compiled", "python")
STEADY = Traffic()

IntArray = NDArray[np.int64]


def simulate_network(
    folder: Path,
    manifest: Manifest,
    images: NDArray[Any],
    labels: IntArray | None = None,
    *,
    engine: str = "compiled",
    traffic: Traffic = STEADY,
    vcd: Path | None = None,
    on_phase: Callable[[str], None] = lambda phase: None,
    on_share: Callable[[float], None] = lambda share: None,
    on_images: Callable[[int], None] = lambda n_done: None,
) -> SimulationResult:
    """Stream frames through an accelerator and compare every output value.

    The compiled engine simulates shards of the frames on all cores, and keeps what each gave in the
    build folder: the same design under the same traffic is not simulated again, and a call that was
    interrupted goes on where it stopped.

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
    traffic : Traffic
        Pauses, and frames of the wrong length.
    vcd : Path, optional
        Write waves here; then all frames are one shard, simulated anew.
    on_phase : callable
        Told what begins: for a progress display.
    on_share : callable
        Told about how much of the compilation is done, from 0 to 1.
    on_images : callable
        Told how many images are done, first of all how many were simulated before.

    Raises
    ------
    ValueError
        If frames or options do not fit.
    SimulationError, StreamError
        If the design breaks a rule of its streams, or hangs.
    ToolError
        If a tool is missing or fails.
    """
    network = _Network(read_plan(manifest, folder), manifest, images, labels, traffic)
    if engine == "compiled":
        simulated = network.compiled(folder, vcd, on_phase, on_share, on_images)
    else:
        on_phase("simulating")
        simulated = network.python(vcd)
    return SimulationResult(
        engine=engine,
        images=len(images),
        planned_cycles_per_frame=network.plan.cycles_per_frame,
        planned_latency_cycles=network.plan.latency_cycles,
        **simulated,
        **network.tally.measured(),
    )


class _Network:
    """A network's frames on their way into a simulator and out of it."""

    def __init__(
        self,
        plan: Plan,
        manifest: Manifest,
        images: NDArray[Any],
        labels: IntArray | None,
        traffic: Traffic,
    ):
        self.plan, self.manifest, self.traffic = plan, manifest, traffic
        self.images = images
        if images.shape[1:] != plan.network.in_shape or not len(images):
            wanted, found = (
                " x ".join(map(str, shape)) for shape in (plan.network.in_shape, images.shape[1:])
            )
            raise ValueError(
                f"The network takes images of {wanted}; the data are {len(images)} of {found}"
            )
        self.s_axis, self.m_axis = manifest.ports["s_axis"][0], manifest.ports["m_axis"][0]
        height, width, channels = plan.network.out_shape
        self.beats_per_frame = height * width * n_beats(channels, self.m_axis["count"])
        self.watchdog = int(10_000 + 4 * plan.latency_cycles * traffic.slowdown)
        self.tally = Tally(height * width * channels, labels, traffic)

    def _act(self, frames: range) -> IntArray:
        pixels = self.images[frames.start : frames.stop]
        return self.plan.network.in_format.quantize(pixel_values(pixels))

    def arrivals(self, frames: range) -> Arrivals:
        """What is sent for some frames."""
        beats, last = pack_frames(self._act(frames), self.s_axis)
        return self.traffic.arrivals(beats, last, len(frames), first=frames.start)

    def count(self, frames: range, run: Run) -> None:
        """Compare what came out with the golden model."""
        malformed = self.arrivals(frames).n_malformed if self.traffic.malformed else 0
        self.tally.add(
            frames,
            unpack_frames(run.beats, self.m_axis, self.plan.network.out_shape),
            self.plan.network.infer(self._act(frames)),
            starts=run.in_cycle,
            ends=run.out_cycle[self.beats_per_frame - 1 :: self.beats_per_frame],
            marks=run.last.reshape(len(frames), -1),
            frame_errors=run.frame_errors,
            malformed=malformed,
        )

    def compiled(
        self,
        folder: Path,
        vcd: Path | None,
        on_phase: Callable[[str], None],
        on_share: Callable[[float], None],
        on_images: Callable[[int], None],
    ) -> dict[str, Any]:
        """Simulate the Verilog; what is known of the simulator itself."""
        on_phase("compiling the simulator")
        design = loaded_design(folder, self.manifest, self.plan)
        model = CompiledModel.build(
            design.verilog,
            top=design.top,
            in_bytes=self.manifest.tdata_bytes("s_axis"),
            out_bytes=self.manifest.tdata_bytes("m_axis"),
            work=folder / "simulate",
            trace="vcd" if vcd else None,
            on_share=on_share,
        )
        n_images = len(self.images)
        shards = [range(n_images)] if vcd else shard_frames(n_images, self.plan)
        earlier, earlier_seconds = 0, 0.0

        def make(n: int) -> Shard:
            arrivals = self.arrivals(shards[n])
            stimulus = Stimulus(
                arrivals.beats,
                arrivals.last,
                expect_beats=len(shards[n]) * self.beats_per_frame,
                stall_in=self.traffic.stall_in,
                stall_out=self.traffic.stall_out,
                seed=self.traffic.seed + shards[n].start,
                watchdog_cycles=self.watchdog + design.load_cycles,
                waves=vcd,
                plusargs=design.plusargs,
            )
            return Shard(stimulus, arrivals.starts)

        def on_run(n: int, run: Run, is_old: bool) -> None:
            nonlocal earlier, earlier_seconds
            if is_old:
                earlier += len(shards[n])
                earlier_seconds += run.seconds
            self.count(shards[n], run)

        def on_given(n_given: int) -> None:
            on_images(earlier + n_given // self.beats_per_frame)

        on_phase("simulating")
        begin = time.monotonic()
        run_shards(model, len(shards), make, on_run, keep=vcd is None, on_given=on_given)
        processes = min(n_cores(), len(shards))
        seconds = time.monotonic() - begin if earlier < n_images else 0.0
        seconds += earlier_seconds / processes
        return {
            "processes": processes,
            "earlier_images": earlier,
            "images_per_second": n_images / max(seconds, 1e-9),
            "build_seconds": model.build_seconds,
        }

    def python(self, vcd: Path | None) -> dict[str, Any]:
        """Simulate the component; payloads of the inner streams stand for TDATA."""
        frames = range(len(self.images))
        arrivals = self.arrivals(frames)
        s_axis, m_axis = self.s_axis, self.m_axis
        values = unpack_frames(arrivals.beats, s_axis, (1, 1, s_axis["count"]))
        mark = 1 << s_axis["count"] * s_axis["width"]
        payloads = [
            concatenate(row, s_axis["width"]) + (mark if end else 0)
            for row, end in zip(values.reshape(len(values), -1), arrivals.last, strict=True)
        ]
        inputs = {"i": payloads}
        if self.plan.loads:
            inputs["i_weights"] = list(self.plan.weight_bytes())
        begin = time.monotonic()
        recording = simulate_streams(
            Dataflow(self.plan),
            inputs,
            len(frames) * self.beats_per_frame,
            stall=(self.traffic.stall_in, self.traffic.stall_out),
            rng=np.random.default_rng(self.traffic.seed % 2**64),
            watchdog=self.watchdog + len(self.plan.weight_bytes()),
            flag="frame_error",
            vcd=vcd,
        )
        seconds = time.monotonic() - begin
        count, width = m_axis["count"], m_axis["width"]
        fields = [
            [bits >> n * width & (2**width - 1) for n in range(count)]
            for bits in recording.payloads
        ]
        beats, _ = pack_frames(np.array(fields, np.int64).reshape(-1, 1, 1, count), m_axis)
        run = Run(
            beats=beats,
            last=np.array([bits >> count * width for bits in recording.payloads], bool),
            out_cycle=np.array(recording.cycles),
            in_cycle=np.array(recording.input_cycles)[arrivals.starts],
            cycles=recording.cycles[-1] + 1,
            frame_errors=recording.flags,
            seconds=seconds,
        )
        self.count(frames, run)
        return {"images_per_second": len(frames) / max(seconds, 1e-9), "build_seconds": 0.0}


def simulate_component(
    manifest: Manifest,
    n: int,
    *,
    traffic: Traffic = STEADY,
    vcd: Path | None = None,
) -> SimulationResult:
    """Random data through a bare component in Amaranth's simulator, against its golden model.

    Parameters
    ----------
    manifest : Manifest
    n : int
        Images, or windows of a processing element.
    traffic : Traffic
        Pauses; a component knows no frames, so none is of the wrong length.
    vcd : Path, optional
        Write waves here.

    Raises
    ------
    StreamError
        If the component breaks a rule of its streams, or hangs.
    """
    design = COMPONENT_DESIGNS[manifest.kind].from_dict(manifest.parameters)
    rng = np.random.default_rng(traffic.seed % 2**64)
    inputs, expected = design.stimulus(rng, n)
    begin = time.monotonic()
    recording = simulate_streams(
        design.component(),
        inputs,
        len(expected),
        stall=(traffic.stall_in, traffic.stall_out),
        rng=rng,
        watchdog=int(10_000 + 40 * sum(map(len, inputs.values())) * traffic.slowdown),
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
        latency_cycles=ends[0] - recording.input_cycles[0],
        cycles_per_frame=ends[-1] - ends[-2] if n > 1 and traffic.is_steady else None,
        planned_cycles_per_frame=manifest.cycles_per_frame,
        frame_errors=0,
        cycles=recording.cycles[-1],
        images_per_second=n / max(seconds, 1e-9),
        build_seconds=0.0,
    )
