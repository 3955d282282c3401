"""Memories of each kind."""

from shiftconv.estimates.features import Features
from shiftconv.gateware.memory_area import memory_area
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES

__all__ = ["memory"]

MANY_WORDS = 20
"""As many leave no two bits alike."""


def memory(shape: MemoryShape, kind: MemoryKind, family: str, contents: str = "") -> Features:
    """Of the memories of a shape; block memories are counts.

    ``contents`` says what is more regular than weights, and takes less logic: a table or counts.
    """
    area = memory_area(shape, kind, family)
    counts: dict[str, float] = {
        "lutram": area.lutram,
        "bram": area.bram,
        "big_ram": area.big_ram,
    }
    if kind != "lut" or not shape.fixed:
        return counts | {"ff": area.ff, "choice": area.lut - area.lutram}
    # Of words this short many bits are alike, and one function does for them.
    different = _different(shape.depth, shape.width) * shape.count
    words_of_a_lut = 64 if family in LUT6_FAMILIES else 16
    name = f"rom_{contents}" if contents else "rom"
    if shape.depth > words_of_a_lut:
        return counts | {"ff": different, f"{name}_deep": different * shape.depth / words_of_a_lut}
    return counts | {"ff": different, name: different}


def _different(depth: int, width: int) -> float:
    """Different functions of the address among the bits of a word, about."""
    if depth > MANY_WORDS:
        return width
    functions = 2.0**depth
    return functions * (1 - (1 - 1 / functions) ** width)
