"""Fixed words: read and held; and tables of every family's cells, as many as are counted."""

from math import ceil

import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from boards import FAMILIES
from shiftconv.flow.synthesis.synthesize import synthesize
from shiftconv.flow.verilog import emit_verilog
from shiftconv.gateware.rom import Rom
from shiftconv.gateware.rom_columns import distinct_columns, is_irregular, shared_tables
from shiftconv.gateware.rom_tables import tables_of_column

DEPTHS = [4, 7, 16, 17, 32, 33, 48, 64, 65, 72, 100, 128, 129, 200, 257, 300, 520, 1100]
WIDTH = 4
TABLES = {"LUT6": 1, "LUT6_2": 1, "LUT4": 1, "SB_LUT4": 1, "WIDEFN9": 2}


@pytest.mark.parametrize("depth", [2, 3, 40])
def test_words_are_read_and_held(depth, rng):
    words = rng.integers(0, 2**7, depth).tolist()
    rom = Rom(width=7, depth=depth, words=words)
    found, expected = [], []

    async def bench(ctx):
        last = None
        for _ in range(60):
            address, enable = int(rng.integers(depth)), int(rng.integers(2))
            ctx.set(rom.address, address)
            ctx.set(rom.en, enable)
            await ctx.tick()
            last = words[address] if enable else last
            if last is not None:
                found.append(ctx.get(rom.data))
                expected.append(last)

    simulator = Simulator(rom)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    assert found == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_as_many_tables_as_counted(family, tmp_path, rng):
    """Before technology mapping, where only multiplexers without cells of their own are left."""
    path = tmp_path / "shelf.v"
    path.write_text(emit_verilog(_Shelf(rng), name="shelf", family=family))
    cells = synthesize(
        path,
        top="shelf",
        family=family,
        work=tmp_path,
        recipe=["hierarchy -top {top}", "proc", "flatten", "opt_clean"],
    ).cells
    tables = sum(cells.get(kind, 0) * luts for kind, luts in TABLES.items())
    muxes = {depth: _multiplexers(depth, family) for depth in DEPTHS}
    # Besides, each has one for what is kept.
    assert cells["$mux"] == WIDTH * sum(muxes.values()) + len(DEPTHS)
    six = family in ("xcup", "xc7")
    chosen = sum(ceil(n / 3) if six else n for n in muxes.values())
    expected = sum(WIDTH * tables_of_column(depth, family) for depth in DEPTHS)
    assert tables + WIDTH * chosen == expected


def _multiplexers(depth, family):
    """Those of a column that no cells are there for, drawn as a tree from the last table up."""
    words = {"xcup": 64, "xc7": 64, "nexus": 32 if depth > 16 else 16}.get(family, 16)
    wide = {"xcup": 2, "xc7": 2, "ecp5": 3, "gowin": 4}.get(family, 0)
    full = [True] * -(-depth // words)
    count = 0
    for level in range(20):
        pairs = [full[n : n + 2] for n in range(0, len(full), 2)]
        count += sum(len(pair) == 2 and not (all(pair) and level < wide) for pair in pairs)
        full = [len(pair) == 2 and all(pair) for pair in pairs]
    return count


class _Shelf(wiring.Component):
    """A memory of each depth; no bit of any follows another."""

    def __init__(self, rng):
        self.roms = []
        for depth in DEPTHS:
            words, columns = [], []
            while len(columns) < WIDTH:
                words = rng.integers(0, 2**WIDTH, depth).tolist()
                columns, _ = distinct_columns(words, WIDTH)
            self.roms.append(Rom(width=WIDTH, depth=depth, words=words, kind="lut"))
        super().__init__({"address": In(16), "en": In(1), "o": Out(WIDTH * len(DEPTHS))})

    def elaborate(self, platform):
        m = Module()
        for n, rom in enumerate(self.roms):
            m.submodules[f"rom{n}"] = rom
            m.d.comb += [rom.address.eq(self.address), rom.en.eq(self.en)]
        m.d.comb += self.o.eq(Cat(rom.data for rom in self.roms))
        return m


def test_contents_that_repeat_themselves():
    """A table of each kind of part, however often it is there, upside down or not."""
    part = [0b0110, 0b1011, 0b0001, 0b1110] * 4
    words = [*part, *part, *(word ^ 0b1111 for word in part), *part]
    assert not is_irregular(words, "ecp5")
    assert shared_tables(words, "ecp5") == (3, 6)
    assert shared_tables([0] * 40 + [1] * 24, "ecp5") == (1, 2)


def test_weights_do_not(rng):
    words = rng.integers(0, 2**8, 200).tolist()
    assert is_irregular(words, "ecp5")
    assert is_irregular(words, "xcup")


def test_bits_that_are_alike_are_one():
    words = [0b10010, 0b11111, 0b10010]
    columns, places = distinct_columns(words, 6)
    assert columns == [0b010]
    assert [place if isinstance(place, int) else place.value for place in places[:4]] == [
        0,
        1,
        0,
        0,
    ]
    assert [place.value for place in places[4:]] == [1, 0]
