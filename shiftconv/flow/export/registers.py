"""The register map in the languages of those who use it; all from one description."""

from typing import Any

from shiftconv import __version__
from shiftconv.flow.export.templates import render
from shiftconv.host.registers import RegisterMap, Window

__all__ = ["register_files"]


def register_files(name: str, digest: str, registers: RegisterMap) -> dict[str, str]:
    """Files by name: the map as JSON, a C header, a Python module, a table for people.

    Parameters
    ----------
    name : str
        Of the design.
    digest : str
        Of its Verilog.
    registers : RegisterMap
    """
    values: dict[str, Any] = {
        "name": name,
        "NAME": name.upper(),
        "digest": digest,
        "version": __version__,
        "registers": [r for r in registers.registers if not isinstance(r, Window)],
        "windows": registers.windows,
        "size": registers.size,
    }
    return {
        f"{name}_registers.json": registers.to_json(),
        f"{name}_registers.h": render("registers.h.jinja", **values),
        f"{name}_registers.py": render("registers.py.jinja", **values),
        f"{name}_registers.md": render("registers.md.jinja", **values),
    }
