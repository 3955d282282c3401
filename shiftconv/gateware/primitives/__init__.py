"""Parts that a vendor's FPGAs have a shape of their own for, each behind a portable twin.

Parts that are large stand as Verilog modules beside their Python: they make the text short, and a
simulator that defines ``SHIFTCONV_PORTABLE`` reads them as plain Verilog, as fast as any other.
Cells that stand by themselves have models here that it reads, so that no vendor's are needed.
"""

import importlib.resources
import re
from functools import cache

__all__ = ["PORTABLE", "cells_of", "modules_of"]

PORTABLE = "SHIFTCONV_PORTABLE"
"""Macro that makes plain Verilog of them."""


@cache
def _library() -> dict[str, str]:
    folder = importlib.resources.files(__name__)
    files = [file for file in folder.iterdir() if file.name.endswith(".v")]
    return {file.name.removesuffix(".v"): file.read_text() for file in files}


def cells_of(verilog: str, family: str | None) -> str:
    """Models of a family's cells, for a design that instantiates one and simulators that ask."""
    models = _library().get(f"cells_{family}", "")
    kinds = re.findall(r"^module (\w+)", models, re.MULTILINE)
    if not any(re.search(rf"^\s*{kind} [#\\\w]", verilog, re.MULTILINE) for kind in kinds):
        return ""
    return f"\n`ifdef {PORTABLE}\n{models}`endif\n"


def modules_of(verilog: str) -> str:
    """Verilog of the parts that a design instantiates."""
    return "\n".join(
        text for name, text in sorted(_library().items()) if re.search(rf"\b{name}\b", verilog)
    )
