"""Find the first bit in which a network's Verilog differs from the golden model."""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.datasets import pixel_values
from quant.network import INPUT
from shiftconv.flow.beats import pack_frames
from shiftconv.flow.diff.finding import Finding, first_difference
from shiftconv.flow.diff.taps import Checkpoint, checkpoints_of, tapped
from shiftconv.flow.files import write_atomic
from shiftconv.flow.generate import read_plan
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulation.bench import BENCH
from shiftconv.flow.simulation.compiled import CompiledModel, Run, SimulationError
from shiftconv.flow.simulation.loading import WEIGHTS, weights_file
from shiftconv.flow.simulation.scratch import scratch_folder

__all__ = ["DiffResult", "diff_network"]

WATCHDOG = 100_000


@dataclass(frozen=True, kw_only=True)
class DiffResult:
    """What a comparison found.

    Parameters
    ----------
    images : int
    places : int
        Streams compared.
    values : int
        Values compared, at all of them.
    cycles : int
    finding : Finding or None
        None if everything is equal.
    waves : str or None
        File with the cycles around the finding.
    """

    images: int
    places: int
    values: int
    cycles: int
    finding: Finding | None
    waves: str | None

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON."""
        return asdict(self)


def diff_network(
    folder: Path,
    manifest: Manifest,
    images: NDArray[Any],
    *,
    waves: Path,
    around: int = 100,
    on_phase: Callable[[str], None] = lambda phase: None,
    on_share: Callable[[float], None] = lambda share: None,
    **conditions: Any,
) -> DiffResult:
    """Compare every stream between the stages with the golden model's values.

    Parameters
    ----------
    folder : Path
        Build folder of a network.
    manifest : Manifest
        Its manifest.
    images : ndarray of uint8 or floating point, shape (n, *in_shape)
    waves : Path
        Where the cycles around a difference go, as VCD.
    around : int
        How many of them on either side.
    on_phase : callable
        Told what begins.
    on_share : callable
        Told how much of that is done, from 0 to 1.
    **conditions
        Of :class:`Stimulus`: stalls and their seed.

    Raises
    ------
    ManifestError
        If the folder holds no network.
    ValueError
        If the images do not fit.
    ToolError
        If a tool is missing or fails.
    """
    plan = read_plan(manifest, folder)
    on_phase("golden model")
    act = plan.network.in_format.quantize(pixel_values(images))
    golden = {INPUT: act, **plan.network.trace(act)}
    text = manifest.verilog(folder).read_text()
    checkpoints = checkpoints_of(plan, text, manifest.name)
    bench = _Bench(folder, manifest, text, checkpoints)
    on_phase("compiling the simulator")
    model = bench.model(None, on_share)
    on_phase("simulating")
    beats, last = pack_frames(act, manifest.ports["s_axis"][0])
    shape = golden[plan.network.nodes[-1].name].shape
    expect = int(np.prod(shape[:3])) * checkpoints[-1].tap.beats_per_pixel
    conditions = {"expect_beats": expect, "watchdog_cycles": WATCHDOG, **conditions}
    if plan.loads:
        loaded = weights_file(bench.work, plan)
        conditions["plusargs"] = {**conditions.get("plusargs", {}), **loaded}
        conditions["watchdog_cycles"] += len(plan.weight_bytes())
    with scratch_folder(model.program.parent) as taps:
        plusargs = {**conditions.get("plusargs", {}), "taps": taps.resolve()}
        told = {"on_given": lambda n_beats: on_share(n_beats / expect)}
        run = _run(model, beats, last, **{**conditions, **told, "plusargs": plusargs})
        finding = first_difference(checkpoints, golden, plan.network, taps)
    if finding is not None:
        on_phase("writing waves")
        waves.parent.mkdir(parents=True, exist_ok=True)
        cycles = (finding.cycle - around, finding.cycle + around)
        _run(
            bench.model("vcd", on_share), beats, last, waves=waves, wave_cycles=cycles, **conditions
        )
        _rename_private(waves)
    return DiffResult(
        images=len(act),
        places=len(checkpoints),
        values=sum(golden[checkpoint.source].size for checkpoint in checkpoints),
        cycles=run.cycles,
        finding=finding,
        waves=str(waves) if finding else None,
    )


class _Bench:
    """Compiled simulators of a design with taps."""

    def __init__(
        self, folder: Path, manifest: Manifest, text: str, checkpoints: tuple[Checkpoint, ...]
    ):
        self.work = folder / "simulate" / "taps"
        self.manifest = manifest
        self.source = self.work / "tapped.v"
        streams = [port for port in manifest.ports if port == WEIGHTS]
        write_atomic(self.source, tapped(text, manifest.name, checkpoints, streams))

    def model(self, trace: str | None, on_share: Callable[[float], None]) -> CompiledModel:
        return CompiledModel.build(
            self.source,
            top=BENCH,
            in_bytes=self.manifest.tdata_bytes("s_axis"),
            out_bytes=self.manifest.tdata_bytes("m_axis"),
            work=self.work,
            trace=trace,
            on_share=on_share,
        )


def _rename_private(waves: Path) -> None:
    """Signals such as ``$1`` as ``_1``: to some readers the first one is a keyword."""
    names = re.compile(r"^(\s*\$var \w+ \d+ \S+ )\$", re.MULTILINE)
    write_atomic(waves, names.sub(r"\1_", waves.read_text()))


def _run(model: CompiledModel, beats, last, **conditions: Any) -> Run:
    """A run; one that hangs or breaks a rule also tells what passed the taps."""
    try:
        return model.run(beats, last, **conditions)
    except SimulationError as error:
        return error.run
