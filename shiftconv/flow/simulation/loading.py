"""A network's weights on their way into a simulated design, where they are loaded at start."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shiftconv.flow.files import write_atomic
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulation.bench import BENCH, bench_verilog, port_widths, write_stream
from shiftconv.plan import Plan

__all__ = ["WEIGHTS", "LoadedDesign", "loaded_design", "weights_file"]

WEIGHTS = "s_axis_weights"


@dataclass(frozen=True)
class LoadedDesign:
    """What to simulate.

    Parameters
    ----------
    verilog : Path
    top : str
    plusargs : dict
        Of its runs.
    load_cycles : int
        Cycles that loading takes.
    """

    verilog: Path
    top: str
    plusargs: dict[str, Any] = field(default_factory=dict)
    load_cycles: int = 0


def loaded_design(folder: Path, manifest: Manifest, plan: Plan) -> LoadedDesign:
    """The Verilog of a build folder, or a bench around it that loads its weights."""
    verilog = manifest.verilog(folder)
    if WEIGHTS not in manifest.ports:
        return LoadedDesign(verilog, manifest.name)
    text = verilog.read_text()
    bench = bench_verilog(port_widths(text, manifest.name), manifest.name, streams=[WEIGHTS])
    source = folder / "simulate" / "loaded.v"
    write_atomic(source, text + bench)
    plusargs = weights_file(folder / "simulate", plan)
    return LoadedDesign(source, BENCH, plusargs, len(plan.weight_bytes()))


def weights_file(work: Path, plan: Plan) -> dict[str, Any]:
    """A file that a bench feeds the weights from, as the plusarg that names it."""
    path = work / "weights"
    work.mkdir(parents=True, exist_ok=True)
    write_stream(path, list(plan.weight_bytes()))
    return {WEIGHTS: path.resolve()}
