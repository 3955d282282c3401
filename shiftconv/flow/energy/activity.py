"""Switching activity of a netlist: toggles of every cell's outputs, by stage and kind of cell."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from shiftconv.flow.energy.saif import NetActivity, Scope, parse_saif
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulation.compiled import CompiledModel
from shiftconv.flow.simulation.netlist_cells import cell_models
from shiftconv.flow.simulation.netlist_simulation import Trial, netlist_model, run_trial
from shiftconv.flow.simulation.scratch import scratch_folder
from shiftconv.flow.synthesis.area import CELLS
from shiftconv.flow.synthesis.design_synthesis import netlist_of

__all__ = ["KINDS", "Activity", "Toggles", "kind_of", "measure_activity", "toggles_of"]

KINDS = ("lut", "ff", "sum", "carry", "lutram", "ram", "dsp")
IN_BENCH: Scope = ("top", "bench", "dut")

# Wires from a multiplier block to the next, no part of the fabric; what enables ports of memories.
CASCADES = ("ACOUT", "BCOUT", "PCOUT", "CARRYCASCOUT", "MULTSIGNOUT")
RAM_ENABLES = ("ENARDEN", "ENBWREN", "CEA", "CEB", "CE", "RE", "WE")


@dataclass
class Toggles:
    """What the cells of a part of a design did.

    Parameters
    ----------
    toggles : dict of str to int
        Of their outputs that are read, by the kind of cell, one of :data:`KINDS`. What a carry
        chain gives to the fabric counts as ``sum``, what goes on within it as ``carry``.
    dsp_inputs : int
        Toggles at the inputs of multiplier blocks, clocks and enables among them not counted.
    ram_cycles : float
        Cycles in which ports of block memories were enabled, summed over the ports.
    """

    toggles: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    dsp_inputs: int = 0
    ram_cycles: float = 0.0

    def __add__(self, other: "Toggles") -> "Toggles":
        """Of both together."""
        return Toggles(
            {kind: self.toggles[kind] + other.toggles[kind] for kind in KINDS},
            self.dsp_inputs + other.dsp_inputs,
            self.ram_cycles + other.ram_cycles,
        )


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Switching activity in a design's steady state.

    Parameters
    ----------
    family : str
    frames : int
        Frames, or windows of a processing element, that were counted.
    cycles : int
    parts : dict of str to Toggles
        By the path of instances, joined by ``/``; the empty one is what lies in no part.
    """

    family: str
    frames: int
    cycles: int
    parts: dict[str, Toggles]

    @property
    def total(self) -> Toggles:
        """Of the whole design."""
        return sum(self.parts.values(), Toggles())

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON."""
        return {**asdict(self), "total": asdict(self.total)}


def kind_of(cell: str, family: str) -> str | None:
    """Kind of a cell, one of :data:`KINDS`; None for one that the family does not have."""
    area = CELLS[family].get(cell)
    if area is None:
        return None
    if area.bram or area.big_ram:
        return "ram"
    for kind in ("dsp", "lutram", "carry", "ff"):
        if getattr(area, kind):
            return kind
    return "lut"


def measure_activity(
    folder: Path,
    manifest: Manifest,
    trial: Trial,
    *,
    family: str,
    saif: Path | None = None,
    parts: bool = False,
    on_phase: Callable[[str], None] = lambda phase: None,
    on_share: Callable[[float], None] = lambda share: None,
) -> Activity:
    """Count toggles in a netlist from the end of the trial's first frame to that of its last.

    The simulation knows no delays, so that it has no glitches: every net moves at most once a clock
    edge. What Verilator counts for a net that is high at the beginning is taken off again.

    Parameters
    ----------
    folder, manifest
        Of the design.
    trial : Trial
        At least two frames.
    family : str
        Family of devices.
    saif : Path, optional
        Keep Verilator's counts here, for other tools.
    parts : bool
        Count also the parts of stages apart, from a netlist in which they are modules.
    on_phase : callable
        Told what begins.
    on_share : callable
        Told how much of that is done, from 0 to 1.

    Raises
    ------
    ValueError
        If there is one frame only, or a cell has no model.
    SimulationError, ToolError
        As :func:`simulate_netlist`.
    """
    n = len(trial.expected)
    if n < 2:
        raise ValueError(f"Activity is counted between frames; give at least 2, not {n}")
    cell_models(family)
    on_phase("synthesis")
    netlist = netlist_of(folder, manifest, family=family, parts=parts, on_share=on_share)
    on_phase("compiling the simulator")
    model = netlist_model(folder, manifest, family, trace="saif", parts=parts, on_share=on_share)
    on_phase("simulating")
    ends = run_trial(model, trial, on_share=on_share).out_cycle[
        trial.n_beats // n - 1 :: trial.n_beats // n
    ]
    first, last = int(ends[0]), int(ends[-1])
    with scratch_folder(model.program.parent) as scratch:
        before = _counts(model, trial, scratch / "before.saif", (first, first))
        path = saif or scratch / "after.saif"
        after = _counts(model, trial, path, (first, last))
    nets = {
        scope[len(IN_BENCH) :]: {name: net - before[scope][name] for name, net in bits.items()}
        for scope, bits in after.items()
        if scope[: len(IN_BENCH)] == IN_BENCH
    }
    modules = json.loads(netlist.with_suffix(".json").read_text())["modules"]
    counted = {
        "/".join(path): toggles_of(modules[module], nets.get(path, {}), family, last - first)
        for path, module in _instances(modules, manifest.name, ())
    }
    return Activity(family=family, frames=n - 1, cycles=last - first, parts=counted)


def _counts(
    model: CompiledModel, trial: Trial, path: Path, cycles: tuple[int, int]
) -> Mapping[Scope, Mapping[str, NetActivity]]:
    run_trial(model, trial, waves=path, wave_cycles=cycles)
    return parse_saif(path.read_text())


def _instances(modules: Mapping[str, Any], name: str, path: Scope) -> Iterator[tuple[Scope, str]]:
    """Paths of a module and all beneath it that a netlist still has, with their modules."""
    yield path, name
    for instance, cell in modules[name]["cells"].items():
        if cell["type"] in modules:
            yield from _instances(modules, cell["type"], (*path, instance))


def toggles_of(
    module: Mapping[str, Any], nets: Mapping[str, NetActivity], family: str, cycles: int
) -> Toggles:
    """What the cells of one instance of a module did.

    Parameters
    ----------
    module : mapping
        In Yosys' JSON.
    nets : mapping of str to NetActivity
        By their names in the module.
    family : str
    cycles : int
        For what is enabled all the time.
    """
    # A bit may have several names; any that was counted will do.
    bits: dict[int, NetActivity] = {}
    for name, net in module["netnames"].items():
        for place, bit in enumerate(net["bits"]):
            activity = nets.get(name) or nets.get(f"{name}[{place}]")
            if activity is not None:
                bits[bit] = activity
    still = NetActivity(0, 0)
    read = _read_bits(module)
    found = Toggles()
    for cell in module["cells"].values():
        kind = kind_of(cell["type"], family)
        if kind is None:
            continue
        for port, wires in cell["connections"].items():
            is_output = cell["port_directions"][port] == "output"
            there = (wire for wire in wires if wire in read or not is_output)
            moved = sum(bits.get(wire, still).toggles for wire in there)
            if kind == "dsp" and port in CASCADES:
                continue
            if is_output:
                is_sum = kind == "carry" and not port.startswith("CO")
                found.toggles["sum" if is_sum else kind] += moved
            elif kind == "dsp" and port in ("A", "B", "D"):
                found.dsp_inputs += moved
            elif kind == "ram" and port in RAM_ENABLES:
                found.ram_cycles += sum(
                    cycles if wire == "1" else bits.get(wire, still).high / 2 for wire in wires
                )
    return found


def _read_bits(module: Mapping[str, Any]) -> set[int]:
    """Bits of a module that a cell or a port takes; other outputs have no net behind them."""
    read = {bit for port in module["ports"].values() for bit in port["bits"]}
    for cell in module["cells"].values():
        for port, wires in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                read.update(wires)
    return read
