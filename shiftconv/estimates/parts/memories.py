"""Memories of each kind."""

from shiftconv.estimates.features import Features
from shiftconv.gateware.memory_area import memory_area
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.rom_tables import tables_of_column

__all__ = ["memory"]

MANY_WORDS = 20
"""As many leave no two bits alike."""


def memory(
    shape: MemoryShape,
    kind: MemoryKind,
    family: str,
    shared: tuple[int, int] | None = None,
) -> Features:
    """Of the memories of a shape; block memories are counts.

    ``shared`` are the tables and the multiplexers that are left of contents that repeat themselves;
    of others all are.
    """
    area = memory_area(shape, kind, family)
    counts: dict[str, float] = {
        "lutram": area.lutram,
        "bram": area.bram,
        "big_ram": area.big_ram,
    }
    if kind != "lut" or not shape.fixed:
        return counts | {"ff": area.ff, "choice": area.lut - area.lutram}
    different = _different(shape.depth, shape.width) * shape.count
    if shared is not None:
        tables, multiplexers = shared
        return counts | {"ff": different, "shared": tables, "shared_choice": multiplexers}
    return counts | {"ff": different, "rom": different * tables_of_column(shape.depth, family)}


def _different(depth: int, width: int) -> float:
    """Different functions of the address among the bits of a word, about; of few words many bits
    are alike, and one function does for them."""
    if depth > MANY_WORDS:
        return width
    functions = 2.0**depth - 2
    return functions * (1 - (1 - 1 / functions) ** width)
