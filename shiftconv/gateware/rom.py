"""A memory whose contents never change."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.family import family_of
from shiftconv.gateware.memory_kind import MemoryKind, style_of
from shiftconv.gateware.rom_columns import distinct_columns, is_irregular
from shiftconv.gateware.rom_tables import TABLE_CELLS

__all__ = ["Rom"]


class Rom(wiring.Component):
    """Words that never change.

    ``data`` is the word at ``address`` one cycle after ``en``, and stays until the next ``en``.
    Throughput one word per cycle.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Number of words, at least 2.
    words : sequence of int
        ``depth`` of them.
    kind : {"block", "lut"}, optional
        What it is made of.

    Members
    -------
    address : In(range(depth))
    en : In(1)
    data : Out(width)

    Notes
    -----
    Where it is made of look-up tables these are chosen by hand: every bit that is not alike in all
    words has tables of its own for the address, each as full as can be, two bits in one LUT6_2 if
    there are 32 words at most. Yosys, left to itself, shares logic among the bits and takes two to
    four times as many tables. Contents that repeat themselves are left to Yosys.
    """

    def __init__(
        self, *, width: int, depth: int, words: Sequence[int], kind: MemoryKind | None = None
    ):
        self.width = width
        self.depth = depth
        self.words = tuple(words)
        self.kind = kind
        super().__init__({"address": In(range(depth)), "en": In(1), "data": Out(width)})

    def elaborate(self, platform):
        m = Module()
        family = family_of(platform)
        if self.kind == "lut" and family in TABLE_CELLS and is_irregular(self.words, family):
            self._tables(m, family)
            return m
        style = style_of(self.kind, family, fixed=True)
        m.submodules.memory = mem = Memory(
            shape=self.width, depth=self.depth, init=self.words, attrs=style
        )
        read = mem.read_port()
        m.d.comb += [
            read.addr.eq(self.address),
            read.en.eq(self.en),
            self.data.eq(read.data),
        ]
        return m

    def _tables(self, m, family):
        """Each bit that differs from all others, looked up and kept."""
        columns, places = distinct_columns(self.words, self.width)
        if not columns:
            m.d.comb += self.data.eq(Cat(places))
            return
        size = 1 << len(self.address)
        bits = sum(column << n * size for n, column in enumerate(columns))
        found, kept = Signal(len(columns)), Signal(len(columns), reset_less=True)
        m.submodules.tables = Instance(
            "shiftconv_rom",
            p_WIDTH=len(columns),
            p_ADDRESS_WIDTH=len(self.address),
            p_DEPTH=self.depth,
            p_CELLS=TABLE_CELLS[family],
            p_COLUMNS=Const(bits, size * len(columns)),
            i_address=self.address,
            o_o=found,
        )
        with m.If(self.en):
            m.d.sync += kept.eq(found)
        m.d.comb += self.data.eq(
            Cat(kept[place] if isinstance(place, int) else place for place in places)
        )
