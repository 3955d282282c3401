"""A board design as a netlist of a device's cells, and where in the design each cell lies."""

import bisect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shiftconv.flow.host.board_design import BOARD_TOP
from shiftconv.flow.pnr.platform import PLATFORM_TOP, Prepared
from shiftconv.flow.synthesis.area import area_of, unknown_cells
from shiftconv.flow.synthesis.pass_shares import PassShares
from shiftconv.flow.synthesis.synthesize import DspError, recipe_of
from shiftconv.flow.tools import run_yosys

__all__ = ["Netlist", "Places", "make_netlist"]

# What a board adds to a design: pins, clocks.
PINS_AND_CLOCKS = re.compile(
    r"TRELLIS_IO|OBZ|EHXPLLL|FD1S3BX|SB_IO|SB_GB_IO|SB_PLL40_PAD|[IOT]BUF|IOBUF|rPLL|\$scopeinfo"
)
# What nextpnr appends when it takes a cell apart or puts two together.
PACKED = re.compile(r"(\$CCU2_COMB\d|\$CCU2_FCI_INT|_LC|_DFFLC|_DFF|_ALULC\d?|\$nextpnr.*)$")


@dataclass(frozen=True)
class Netlist:
    """A synthesized board design.

    Parameters
    ----------
    area : Area
        Without pins and clocks.
    cells : mapping
        Number of cells of each type.
    places : Places
    """

    area: Any
    cells: Mapping[str, int]
    places: "Places"


class Places:
    """The component that each cell of a netlist comes from.

    Registers, carries and memories remember their line of the Verilog, where each component has a
    module of its own. Look-up tables do not; Yosys names them after a wire nearby.

    Parameters
    ----------
    verilog : str
        Text of ``board.v``, each instance a module of its own named by its path.
    cells : mapping
        Cells of the netlist as Yosys' JSON has them.
    """

    def __init__(self, verilog: str, cells: Mapping[str, Mapping[str, Any]]):
        lines = verilog.splitlines()
        found = [
            (number, match[1])
            for number, line in enumerate(lines, 1)
            if (match := re.match(r"module \\?([^\s(]+)", line))
        ]
        self._starts = [number for number, _ in found]
        self._paths = [module.removeprefix(BOARD_TOP).removeprefix(".") for _, module in found]
        self._known = set(self._paths)
        self._cells = cells

    def component_of(self, cell: str) -> str | None:
        """Path of instances of a cell, by nextpnr's name for it; None if nothing tells."""
        name = cell if cell in self._cells else PACKED.sub("", cell)
        source = self._cells.get(name, {}).get("attributes", {}).get("src", "")
        line = re.search(rf"{BOARD_TOP}\.v:(\d+)", source)
        if line is not None:
            return self._paths[bisect.bisect(self._starts, int(line[1])) - 1]
        path = name.removeprefix(f"{BOARD_TOP}.")
        while path and path not in self._known:
            path = path.rpartition(".")[0]
        return path or None


def make_netlist(
    verilog: str,
    prepared: Prepared,
    *,
    family: str,
    work: Path,
    multipliers: bool = False,
    on_share: Callable[[float], None] = lambda share: None,
) -> Netlist:
    """Synthesize a board design with the family's recipe.

    Parameters
    ----------
    verilog : str
        The module ``board`` and all beneath it.
    prepared : Prepared
        The platform's files.
    family : str
    work : Path
        Existing folder. Gets ``board.v``, the platform's files, ``top.json`` and ``yosys.log``.
    multipliers : bool
        Whether multiplier blocks are meant to be in it.
    on_share : callable
        Told how much is done, from 0 to 1.

    Raises
    ------
    DspError
        If the netlist has a multiplier block and none is meant.
    ToolError
        If Yosys fails.
    """
    (work / f"{BOARD_TOP}.v").write_text(verilog)
    for name, text in prepared.files.items():
        (work / name).write_text(text)
    target = next(word for word in prepared.nextpnr if word.endswith(".json"))
    script = [
        f"read_verilog {BOARD_TOP}.v",
        # Names like "act[3]" break Yosys' way back from ABC9; the others tell where a cell lies.
        "rename -hide w:*[*",
        "setattr -unset reprocess_after c:*",
        f"read_rtlil {PLATFORM_TOP}.il",
        *(command.format(top=PLATFORM_TOP) for command in recipe_of(family)),
        f"write_json {target}",
    ]
    passes = PassShares(family, on_share)
    run_yosys("\n".join(script), work, log=work / "yosys.log", on_pass=passes)
    passes.end()
    cells = json.loads((work / target).read_text())["modules"][PLATFORM_TOP]["cells"]
    counts: dict[str, int] = {}
    for cell in cells.values():
        if not PINS_AND_CLOCKS.fullmatch(cell["type"]):
            counts[cell["type"]] = counts.get(cell["type"], 0) + 1
    area, unknown = area_of(counts, family), unknown_cells(counts, family)
    if unknown or (area.dsp and not multipliers):
        what = f"{area.dsp:g} DSP" if area.dsp else f"cells of unknown type: {', '.join(unknown)}"
        raise DspError(f"The board design synthesized for {family} has {what}; none is meant")
    return Netlist(area, dict(sorted(counts.items())), Places(verilog, cells))
