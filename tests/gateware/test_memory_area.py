"""Counts of memories against Yosys, and what is chosen by them."""

import numpy as np
import pytest

from boards import BOARDS, FAMILIES
from shiftconv.gateware.memory_area import default_kind, memory_area, sensible_kinds
from shiftconv.gateware.memory_kind import kinds_of
from shiftconv.gateware.memory_shape import MemoryShape
from tests.gateware.memories import areas_of, some_memories

COUNTS = ("bram", "big_ram", "lutram")


def counts(area):
    return {name: getattr(area, name) for name in COUNTS}


def check(family, work, rng, n, **limits):
    memories = some_memories(family, rng, n, **limits)
    found = areas_of(memories, family, work, rng)
    for (shape, kind), area in zip(memories, found, strict=True):
        planned = memory_area(shape, kind, family)
        assert (shape, kind, counts(planned)) == (shape, kind, counts(area))


@pytest.mark.parametrize("family", FAMILIES)
def test_counts_are_those_of_yosys(family, tmp_path, rng):
    check(family, tmp_path, rng, 8, bits=20_000, rom_bits=2000, cells=6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("family", FAMILIES)
def test_counts_of_many_shapes(family, seed, tmp_path):
    rng = np.random.default_rng(seed)
    check(family, tmp_path, rng, 40, bits=300_000, rom_bits=50_000, cells=300)


@pytest.mark.parametrize(
    ("depth", "width", "family", "bram"),
    [
        (512, 36, "xcup", 0.5),
        (513, 36, "xc7", 1),
        (1024, 37, "xcup", 1.5),
        (16384, 1, "ecp5", 1),
        (16385, 1, "gowin", 2),
        (1024, 9, "nexus", 1),
        (40_000, 1, "xc7", 1.5),
        (256, 16, "ice40", 1),
        # Rows of words that are narrower than the cells lie beside each other.
        (257, 9, "ice40", 2),
        (513, 9, "ice40", 2),
        (3000, 1, "ice40", 1),
    ],
)
def test_block_memories(depth, width, family, bram):
    shape = MemoryShape(depth=depth, width=width, count=3)
    assert memory_area(shape, "block", family).bram == 3 * bram


def test_rows_of_larger_memories_lie_beside_each_other():
    shape = MemoryShape(depth=8192, width=32)
    assert memory_area(shape, "big", "xcup").big_ram == 1
    assert memory_area(MemoryShape(depth=8192, width=40), "big", "xcup").big_ram == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_blocks_hold_every_bit(family, rng):
    bits = {board.family: board.resources.bram_bits for board in BOARDS.values()}[family]
    for depth, width in rng.integers(2, 5000, (200, 2)).tolist():
        for fixed in (False, True):
            shape = MemoryShape(depth=depth, width=width, fixed=fixed)
            assert memory_area(shape, "block", family).bram * bits >= shape.bits


def test_kinds():
    written, fixed = MemoryShape(depth=64, width=8), MemoryShape(depth=64, width=8, fixed=True)
    loaded = MemoryShape(depth=64, width=800, loaded=True)
    assert [kinds_of(shape, "xcup") for shape in (written, fixed, loaded)] == [
        ("block", "lut", "big"),
        ("block", "lut"),
        ("block", "big"),
    ]
    assert [kinds_of(shape, "ice40") for shape in (written, fixed, loaded)] == [
        ("block",),
        ("block", "lut"),
        ("block", "big"),
    ]
    assert kinds_of(written, "gowin") == ("block", "lut")
    assert kinds_of(loaded, "xc7") == ("block",)
    with pytest.raises(ValueError, match=r"memory .*width=8.* cannot be of the kind big on ecp5"):
        memory_area(written, "big", "ecp5")


def test_default_kinds():
    few, many = MemoryShape(depth=16, width=8), MemoryShape(depth=2000, width=8)
    assert default_kind(few, "ecp5") == "lut"
    assert default_kind(many, "ecp5") == "block"
    assert default_kind(few, "ice40") == "block"
    loaded = MemoryShape(depth=2000, width=8, loaded=True)
    assert default_kind(loaded, "ice40") == "big"
    assert default_kind(loaded, "nexus") == "block"


@pytest.mark.parametrize("family", FAMILIES)
def test_sensible_kinds_are_some_of_all(family):
    for fixed in (False, True):
        shape = MemoryShape(depth=64, width=8, fixed=fixed)
        assert set(sensible_kinds(shape, family)) <= set(kinds_of(shape, family))
        assert default_kind(shape, family) in sensible_kinds(shape, family)
