"""What a memory takes on a family of devices, from its shape and kind alone."""

from functools import lru_cache
from math import ceil

from shiftconv.area import Area
from shiftconv.gateware.memory_forms import BLOCK, LARGER, WRITABLE_LUTS, Mapping, mapping
from shiftconv.gateware.memory_kind import MemoryKind, kinds_of
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.rom_tables import tables_of_column
from shiftconv.gateware.single_port_memory import SinglePortMemory

__all__ = ["default_kind", "memory_area", "sensible_kinds"]

# Memories of fewer LUTs than this for each RAMB18, or block of another family, are made of LUTs.
CHEAP_LUTS = 100
LUT_INPUTS = {"xcup": 6, "xc7": 6}


@lru_cache(maxsize=100_000)
def memory_area(shape: MemoryShape, kind: MemoryKind, family: str) -> Area:
    """Area of all memories of a shape.

    ``bram``, ``big_ram`` and ``lutram`` are counts, equal to those that Yosys' ``synth_*`` command
    comes to, as long as no bit of the words is always the same: Yosys drops such bits. ``lut`` and
    ``ff`` are estimates: fixed contents may have bits that are alike, or repeat themselves, and
    words that are chosen among several rows of cells are in the hands of the optimiser.

    Raises
    ------
    ValueError
        If the family cannot make such a memory so.
    """
    if kind not in kinds_of(shape, family):
        raise ValueError(f"A memory {shape} cannot be of the kind {kind} on {family}")
    if kind == "lut" and shape.fixed:
        one = _tables(shape, family)
    elif kind == "big" and family == "ice40":
        rows, columns = SinglePortMemory.blocks(depth=shape.depth, width=shape.width)
        one = _selection(rows, shape, family) + Area(big_ram=rows * columns)
    else:
        forms = {"block": BLOCK, "lut": WRITABLE_LUTS, "big": LARGER}[kind][family]
        found = mapping(shape, forms)
        one = _selection(found.rows, shape, family) + _cells(found, kind, shape)
    return Area().plus(one, shape.count)


def _cells(found: Mapping, kind: MemoryKind, shape: MemoryShape) -> Area:
    if kind == "block":
        return Area(bram=found.blocks)
    if kind == "big":
        return Area(big_ram=int(found.blocks))
    luts = found.luts(shape.width)
    # They are read at once, so what is read is kept in flip-flops.
    return Area(lut=luts, lutram=luts, ff=shape.width)


def _chosen(options: int, family: str) -> int:
    """LUTs that choose one of several bits."""
    return -(-(options - 1) // 3) if family in LUT_INPUTS else options - 1


def _selection(rows: int, shape: MemoryShape, family: str) -> Area:
    """What chooses among rows of cells."""
    if rows == 1:
        return Area()
    enables = 0 if shape.fixed else rows
    address = (rows - 1).bit_length()
    return Area(lut=shape.width * _chosen(rows, family) + enables, ff=address)


def _tables(shape: MemoryShape, family: str) -> Area:
    """Tables for each bit, and a register."""
    return Area(lut=ceil(shape.width * tables_of_column(shape.depth, family)), ff=shape.width)


def sensible_kinds(shape: MemoryShape, family: str) -> tuple[MemoryKind, ...]:
    """Kinds of which none takes as much of everything as another: what a planner chooses from."""
    areas = {kind: memory_area(shape, kind, family) for kind in kinds_of(shape, family)}
    needs = {kind: (area.bram, area.big_ram, area.lut) for kind, area in areas.items()}
    return tuple(
        kind
        for kind, need in needs.items()
        if not any(
            other != need and all(a <= b for a, b in zip(other, need, strict=True))
            for other in needs.values()
        )
    )


def default_kind(shape: MemoryShape, family: str) -> MemoryKind:
    """What a memory is made of where nothing is short: LUTs if few of them save much block memory,
    iCE40's larger memory for what a host loads, or else block memory."""
    kinds = kinds_of(shape, family)
    if shape.loaded and family == "ice40":
        return "big"
    if "lut" in kinds and lut_price(shape, family) <= CHEAP_LUTS:
        return "lut"
    return "block"


@lru_cache(maxsize=100_000)
def lut_price(shape: MemoryShape, family: str) -> float:
    """LUTs for each RAMB18, or block of another family, that a memory made of LUTs saves."""
    part = min(form.blocks for form in BLOCK[family])
    parts = memory_area(shape, "block", family).bram / part
    return memory_area(shape, "lut", family).lut / parts
