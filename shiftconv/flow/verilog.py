"""A component as Verilog text."""

import re
import tempfile
from pathlib import Path

from amaranth.back import rtlil
from amaranth.hdl import Fragment, Value
from amaranth.lib import wiring

from shiftconv.flow.files import output_errors
from shiftconv.flow.tidy import tidy_verilog
from shiftconv.flow.tools import run_yosys
from shiftconv.gateware.family import FamilyPlatform
from shiftconv.gateware.primitives import cells_of, modules_of

__all__ = ["emit_verilog", "signal_names"]

# What Amaranth leaves for other Amaranth tools, and for debugging Amaranth.
INTERNAL = ("generator", "top", "src", "amaranth.hierarchy", "amaranth.decoding")
STRIP = " ".join(f"-remove {attribute}" for attribute in INTERNAL)

# One start of Yosys; Amaranth's own writer starts it twice, to ask for the version first.
SCRIPT = f"""\
read_rtlil design.il
proc -nomux -norom
memory_collect
attrmap {STRIP}
attrmap -modattr {STRIP}
write_verilog -norename design.v
"""


def emit_verilog(component: wiring.Component, *, name: str, family: str | None = None) -> str:
    """Verilog of a component and all beneath it.

    The same component gives the same text every time. Ports are the component's members, nested
    names joined by ``__``, and ``clk`` and ``rst`` where it has a clocked part. Beneath the top,
    a module is called ``name.path.of.instances``.

    Parameters
    ----------
    component : wiring.Component
        Not elaborated before.
    name : str
        Name of the top module, a Verilog identifier.
    family : str, optional
        Family of devices whose primitives the text may instantiate; without one it suits any.

    Raises
    ------
    ValueError
        If ``name`` is no identifier.
    OutputError
        If the temporary folder is full or cannot be written.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"Module name must be a Verilog identifier, not {name!r}")
    platform = FamilyPlatform(family) if family else None
    design = rtlil.convert(component, name=name, platform=platform, emit_src=False)
    with tempfile.TemporaryDirectory(prefix="shiftconv-") as folder, output_errors(Path(folder)):
        work = Path(folder)
        (work / "design.il").write_text(design)
        run_yosys(SCRIPT, work)
        text = tidy_verilog((work / "design.v").read_text())
    return text + modules_of(text) + cells_of(text, family)


def signal_names(
    component: wiring.Component, *, name: str, family: str | None = None
) -> dict[tuple[str, ...], dict[str, str]]:
    """What the ports of all components beneath a component are called in its Verilog.

    Amaranth adds a number to a name that is taken.

    Parameters
    ----------
    component, name, family
        As :func:`emit_verilog` takes them.

    Returns
    -------
    dict of dict of str
        For each path of instances the names of its component's ports in its module, by their path
        in its signature, joined by ``.``; those that are a whole signal.
    """
    platform = FamilyPlatform(family) if family else None
    fragment = Fragment.get(component, platform)
    ports = {
        "__".join(map(str, path)): (Value.cast(value), None)
        for path, _, value in component.signature.flatten(component)
    }
    _, names = rtlil.convert_fragment(fragment, ports, name, emit_src=False)
    found: dict[tuple[str, ...], dict[str, str]] = {}

    def visit(fragment: Fragment, path: tuple[str, ...]) -> None:
        for origin in fragment.origins or ():
            if not isinstance(origin, wiring.Component):
                continue
            for port, _, value in origin.signature.flatten(origin):
                signal = Value.cast(value)
                if signal in names and names[signal][:-1] == (name, *path):
                    found.setdefault(path, {})[".".join(map(str, port))] = names[signal][-1]
        for inner, instance, _ in fragment.subfragments:
            visit(inner, (*path, instance))

    visit(fragment, ())
    return found
