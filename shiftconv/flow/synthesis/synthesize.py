"""Synthesis with Yosys: LUT, FF, DSP and BRAM per stage and in all.

The recipes are the families' own ``synth_*`` commands without I/O cells, and with DSP inference on.
``shiftconv recipes search`` tries others on three dot products of 32 lanes in the structures that
are best there and on a small convolution engine. LUTs of all four with Yosys 0.70:

======  =====================  =========================  ===========================
family  present recipe         the best other             the worst that is of use
======  =====================  =========================  ===========================
xcup    3017                   3009, ``-dff``             3018, ``share -aggressive``
ecp5    5280                   5279, ABC9's script twice  5436, ``share -aggressive``
ice40   6016                   5884, ``-dff``             6122, ``arith_tree``
gowin   6262                   6256, ABC9 ``-D``          6422, with wide multiplexers
======  =====================  =========================  ===========================

The dot products differ by 3 LUTs at most between the present recipe and the best: their structures
leave the tools little to choose. ``-dff`` on ice40 takes its 8 % from the engine's control alone,
and ABC9 then works up to three times as long. ``-widemux`` shows fewer LUTs on xcup, but its MUXF7
take inputs that only a LUT can drive: it counts too few.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from boards import FAMILIES
from shiftconv.area import Area
from shiftconv.flow.files import output_errors
from shiftconv.flow.synthesis.area import area_of, unknown_cells
from shiftconv.flow.synthesis.pass_shares import PassShares
from shiftconv.flow.tools import run_yosys, yosys_version

__all__ = [
    "RECIPES",
    "DspError",
    "StageArea",
    "SynthesisResult",
    "recipe_of",
    "require_no_dsp",
    "synthesize",
]

INSTANCE_OF_MAC16 = re.compile(r"^\s*SB_MAC16\s", re.MULTILINE)

RECIPES: Mapping[str, str] = {
    "xcup": "synth_xilinx -family xcup -flatten -noiopad -noclkbuf",
    "xc7": "synth_xilinx -family xc7 -flatten -noiopad -noclkbuf",
    "ecp5": "synth_ecp5 -nowidelut",
    "ice40": "synth_ice40 -device u -dsp",
    "gowin": "synth_gowin -noiopads -nowidelut",
    "nexus": "synth_nexus -noiopad -nowidelut",
}

# Single bits: a bus of unrelated bits looks to a simulator like a loop. Some families' recipes name
# wires and cells after all that they are connected to, in hundreds of letters, which Verilator
# cannot keep apart; instances of modules have short names, which stay.
LONG_NAME = 48
WRITE_NETLIST = (
    "splitnets",
    f"rename -hide w:* c:{'?' * LONG_NAME}*",
    "rename -enumerate -pattern n%",
    "write_verilog -noattr -noexpr written.v",
    "write_json -selected written.json",
)


class DspError(RuntimeError):
    """A design that must not hold a multiplier block does, or may."""


@dataclass(frozen=True)
class StageArea:
    """Area of one stage.

    Parameters
    ----------
    name : str
        As the caller named it; the name of the top module for what lies in no stage.
    area : Area
        Its area, stages within it not counted.
    """

    name: str
    area: Area


@dataclass(frozen=True)
class SynthesisResult:
    """What a synthesis found.

    Parameters
    ----------
    top, family : str
        What was synthesized, and for which family.
    area : Area
        Of the whole design.
    stages : tuple of StageArea
        In the order of the call, and last the rest of the design. They sum up to ``area``.
    cells : mapping
        Number of cells of each type in the whole design.
    unknown : mapping
        Those of ``cells`` that ``area`` does not account for, because their type is not known.
    recipe : tuple of str
        The Yosys commands.
    yosys_version : str
        Of the Yosys that ran them.
    seconds : float
        Time taken.
    """

    top: str
    family: str
    area: Area
    stages: tuple[StageArea, ...]
    cells: Mapping[str, int]
    unknown: Mapping[str, int]
    recipe: tuple[str, ...]
    yosys_version: str
    seconds: float


def synthesize(
    verilog: Path,
    *,
    top: str,
    family: str,
    work: Path,
    stages: Sequence[str] = (),
    netlist: Path | None = None,
    recipe: Sequence[str] | None = None,
    on_share: Callable[[float], None] = lambda share: None,
) -> SynthesisResult:
    """Synthesize a module for a family of devices.

    The design is flattened, except that each of ``stages`` stays a module of its own: nothing is
    optimised across its border, so that its area is its own.

    Parameters
    ----------
    verilog : Path
        File that holds the design.
    top : str
        Name of the top module.
    family : str
        One of :data:`boards.FAMILIES`.
    work : Path
        Folder for Yosys' files; made if it is missing. Leaves ``synth.log`` there.
    stages : sequence of str
        Instances in the top module as Amaranth names them (``"conv1"`` is the module
        ``top.conv1``), or names of modules.
    netlist : Path, optional
        Keep the netlist that the area is of, every wire one bit: Verilog in this file, and Yosys'
        JSON beside it.
    recipe : sequence of str, optional
        Yosys commands in place of the family's own; ``{top}`` stands for the top module.
    on_share : callable
        Told how much is done, from 0 to 1.

    Raises
    ------
    ValueError
        If the family is unknown, or the design has no such module.
    ToolError
        If Yosys fails.
    OutputError
        If ``work`` cannot be written.
    """
    if family not in FAMILIES:
        raise ValueError(f"Family must be one of {', '.join(FAMILIES)}, not {family!r}")
    text = verilog.read_text()
    modules = _stage_modules(text, top, stages)
    start = time.monotonic()
    commands = [
        "read_verilog design.v",
        # Names like "act[3]", which are fields of arrays, break Yosys 0.70's way back from ABC9.
        "rename -hide w:*",
        # A primitive in the design makes Yosys read its module again, after flattening in vain.
        f"hierarchy -top {top}",
        "setattr -unset reprocess_after c:*",
        *(f"setattr -mod -set keep_hierarchy 1 {_quoted(module)}" for module in modules.values()),
        *(_kept_whole(command.format(top=top), text) for command in recipe or recipe_of(family)),
    ]
    with output_errors(work / "design.v"):
        work.mkdir(parents=True, exist_ok=True)
        (work / "design.v").write_text(text)
        script = [*commands, "tee -q -o cells.json stat -json", *(WRITE_NETLIST if netlist else ())]
        try:
            passes = PassShares(family, on_share)
            run_yosys("\n".join(script), work, log=work / "synth.log", on_pass=passes)
            passes.end()
            counts = json.loads((work / "cells.json").read_text())["modules"]
            if netlist:
                (work / "written.json").replace(netlist.with_suffix(".json"))
                (work / "written.v").replace(netlist)
        finally:
            for name in ("design.v", "cells.json", "written.v", "written.json"):
                (work / name).unlink(missing_ok=True)
    own = _own_cells(counts, top)
    cells: dict[str, int] = {}
    for module in own.values():
        for kind, count in module.items():
            cells[kind] = cells.get(kind, 0) + count
    named = [*modules.items(), (top, top)]
    return SynthesisResult(
        top=top,
        family=family,
        area=area_of(cells, family),
        stages=tuple(
            StageArea(name, area_of(own.get(module, {}), family)) for name, module in named
        ),
        cells=dict(sorted(cells.items())),
        unknown=unknown_cells(cells, family),
        recipe=tuple(commands),
        yosys_version=yosys_version(),
        seconds=time.monotonic() - start,
    )


def recipe_of(family: str) -> tuple[str, ...]:
    """Yosys commands for a family; ``{top}`` stands for the top module."""
    # Else a multiplier of Nexus takes the register that a block memory cannot be without.
    first = ("proc", "opt", "memory_dff") if family == "nexus" else ()
    return (*first, f"{RECIPES[family]} -top {{top}}")


def require_no_dsp(result: SynthesisResult) -> None:
    """Raise DspError unless the netlist is free of multiplier blocks, without a doubt."""
    where = f"{result.top!r} synthesized for {result.family}"
    if result.area.dsp:
        users = [stage.name for stage in result.stages if stage.area.dsp]
        raise DspError(f"{where} has {result.area.dsp:g} DSP, in {', '.join(users)}; none is meant")
    if result.unknown:
        raise DspError(f"{where} has cells of unknown type: {', '.join(result.unknown)}")


def _stage_modules(verilog: str, top: str, stages: Sequence[str]) -> dict[str, str]:
    """Module of every stage, by the stage's name."""
    known = set(re.findall(r"^module \\?([^\s(]+)", verilog, re.MULTILINE))
    if top not in known:
        raise ValueError(f"There is no module {top!r}; the file has {', '.join(sorted(known))}")
    found = {}
    for stage in stages:
        module = next((name for name in (f"{top}.{stage}", stage) if name in known), None)
        if module is None:
            raise ValueError(f"There is no module for the stage {stage!r} in {top!r}")
        found[stage] = module
    return found


def _kept_whole(command: str, verilog: str) -> str:
    """A command without what spoils the design.

    Yosys 0.70 packs instances of SB_MAC16 anew when it looks for multipliers on ice40, and cuts off
    what they add (inputs C and D). A design that has instances means no others.
    """
    return command.replace(" -dsp", "") if INSTANCE_OF_MAC16.search(verilog) else command


def _quoted(module: str) -> str:
    """A module's name as Yosys' selections want it, nothing in it taken for a pattern."""
    return "\\" + re.sub(r"([\[\]?*])", r"\\\1", module)


def _own_cells(counts: Mapping[str, dict], top: str) -> dict[str, dict[str, int]]:
    """Cells of each module that is left, submodules' not counted, times its instances."""
    modules = {
        name.removeprefix("\\"): count["num_cells_by_type"] for name, count in counts.items()
    }
    instances = dict.fromkeys(modules, 0)

    def visit(name: str, times: int) -> None:
        instances[name] += times
        for kind, count in modules[name].items():
            if kind in modules:
                visit(kind, times * count)

    visit(top, 1)
    return {
        name: {
            kind: count * instances[name] for kind, count in cells.items() if kind not in modules
        }
        for name, cells in modules.items()
        if instances[name]
    }
