"""What a memory is made of on a family of devices, and how Yosys is told so."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from shiftconv.gateware.memory_shape import MemoryShape

__all__ = ["AUTOMATIC", "MemoryKind", "MemoryKinds", "kinds_of", "style_of"]

MemoryKind = Literal["block", "lut", "big"]
"""Block memory; look-up tables, which for fixed contents means logic; or the larger memory that
some devices have beside block memories: UltraRAM, Nexus LRAM, iCE40 SPRAM."""

MemoryKinds = Mapping[str, MemoryKind]
"""Kinds of a component's memories by their names; what has none is left to the tools."""

AUTOMATIC: MemoryKinds = MappingProxyType({})

# Look-up tables of iCE40 cannot be written.
WRITABLE_LUTS = ("xcup", "xc7", "ecp5", "nexus", "gowin")
# "ultra" is what Vivado calls it; Yosys takes both names.
LARGER = {"xcup": "ultra", "nexus": "huge", "ice40": "huge"}
# The one of iCE40 has but one port.
LARGER_WITH_TWO_PORTS = ("xcup", "nexus")


def kinds_of(shape: MemoryShape, family: str) -> tuple[MemoryKind, ...]:
    """What a memory may be made of; block memory comes first and is always there.

    Large weights that a host loads are too many bits for look-up tables. The larger memories hold
    nothing in the beginning.
    """
    kinds: list[MemoryKind] = ["block"]
    if shape.fixed or (not shape.loaded and family in WRITABLE_LUTS):
        kinds.append("lut")
    if not shape.fixed and (family in LARGER_WITH_TWO_PORTS or (shape.loaded and family in LARGER)):
        kinds.append("big")
    return tuple(kinds)


def style_of(kind: MemoryKind | None, family: str | None, *, fixed: bool) -> dict[str, str]:
    """Attribute of a memory that makes the tools of a family obey; none if any kind will do.

    Parameters
    ----------
    kind : {"block", "lut", "big"} or None
    family : str or None
        Without one the Verilog suits any.
    fixed : bool
        Whether the contents come with the configuration and stay.
    """
    if kind is None or family is None:
        return {}
    if fixed:
        # Yosys makes no LUT memory of what is never written.
        return {"rom_style": {"block": "block", "lut": "logic"}[kind]}
    styles = {"block": "block", "lut": "distributed", "big": LARGER.get(family, "")}
    return {"ram_style": styles[kind]}
