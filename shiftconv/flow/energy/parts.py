"""What the parts of a stage are for, by the names of their instances."""

import re

__all__ = ["CONTROL", "ROLES", "part_modules", "role_of"]

CONTROL = "control"
ROLES = {
    "array": "compute",
    "dot_product": "compute",
    "output": "compute",
    "line_buffer": "line buffer",
    "windows": "line buffer",
    "scales": "weights",
    "weights": "weights",
}


def role_of(path: str) -> str:
    """Role of a part, by its path of instances: that of the innermost one with a role.

    Streams between parts, counters and everything else is control.
    """
    for name in reversed(re.split(r"[./]", path)):
        if name in ROLES:
            return ROLES[name]
    return CONTROL


def part_modules(verilog: str, top: str) -> list[str]:
    """Modules beneath ``top`` that have a role of their own, without the name of ``top``."""
    modules = re.findall(rf"^module \\{re.escape(top)}\.(\S+)", verilog, re.MULTILINE)
    found = []
    for module in modules:
        *outer, name = module.split(".")
        roles = {ROLES[part] for part in outer if part in ROLES}
        if name in ROLES and (not roles or roles == {"compute"} != {ROLES[name]}):
            found.append(module)
    return found
