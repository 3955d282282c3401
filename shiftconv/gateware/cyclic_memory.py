"""A memory read in order, for ever."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.buffer_memory import buffer_memory
from shiftconv.gateware.family import family_of
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.rom import Rom
from shiftconv.gateware.single_port_memory import SinglePortMemory

__all__ = ["CyclicMemory"]


class CyclicMemory(wiring.Component):
    """Give the words of a memory in ascending order, then start over.

    ``o = words[n % depth]`` for the n-th transfer. Throughput 1 per cycle. Weights and output
    parameters are read so: the order of the folds is the order of the words, and choosing a fold
    costs no multiplexer.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Number of words. A constant of one word needs no memory at all.
    words : sequence of int, optional
        Contents, ``depth`` of them. Without it the memory is loaded at run time: each word arrives
        as ``width // granularity`` transfers, lowest bits first, words ascending. Nothing leaves
        ``o`` until everything is loaded. A later load stops ``o`` until it is complete, and reading
        starts over with it; the caller sees to it that no frame is under way.
    granularity : int, optional
        Bits per transfer of ``i``; divides ``width``.
    large : bool
        Loaded words lie in a :class:`SinglePortMemory`; nothing else changes.
    kind : {"block", "lut", "big"}, optional
        What its memory is made of.

    Members
    -------
    i : In(stream.Signature(granularity))
        Only without ``words``. Always ready.
    o : Out(stream.Signature(width))
    """

    def __init__(
        self,
        *,
        width: int,
        depth: int,
        words: Sequence[int] | None = None,
        granularity: int | None = None,
        large: bool = False,
        kind: MemoryKind | None = None,
    ):
        if width < 1 or depth < 1:
            raise ValueError(f"Memory must have bits, not {depth} words of {width}")
        if words is not None and len(words) != depth:
            raise ValueError(f"Memory of {depth} words can't hold {len(words)}")
        if words is None and (granularity is None or width % granularity):
            raise ValueError(f"Granularity must divide the width {width}, not {granularity!r}")
        if large and words is not None:
            raise ValueError("A large memory has no contents from the beginning")
        self.width = width
        self.depth = depth
        self.large = large
        self.kind = kind
        self.words = None if words is None else tuple(words)
        self.granularity = granularity or width
        ports = {"o": Out(stream.Signature(width))}
        if words is None:
            ports["i"] = In(stream.Signature(granularity))
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        if self.words is not None and self.depth == 1:
            m.d.comb += [self.o.valid.eq(1), self.o.p.eq(Const(self.words[0], self.width))]
            return m
        if self.large:
            self._load_and_give(m)
            return m

        address = Signal(range(self.depth))
        advance = Signal()
        with m.If(advance):
            m.d.sync += self.o.valid.eq(1)
            self._step(m, address, self.depth)
        if self.words is None:
            self._load(m, platform, address, advance)
            return m
        m.submodules.memory = rom = Rom(
            width=self.width, depth=self.depth, words=self.words, kind=self.kind
        )
        m.d.comb += [
            advance.eq(~self.o.valid | self.o.ready),
            rom.address.eq(address),
            rom.en.eq(advance),
            self.o.p.eq(rom.data),
        ]
        return m

    def _load(self, m, platform, address, advance):
        """Write port: parts of a word, then the next word. What is read meanwhile is read again."""
        m.submodules.memory = mem = buffer_memory(
            shape=self.width, depth=self.depth, kind=self.kind, family=family_of(platform)
        )
        loaded = Signal()
        read = mem.read_port()
        m.d.comb += [
            advance.eq(loaded & (~self.o.valid | self.o.ready)),
            read.addr.eq(address),
            read.en.eq(advance),
            self.o.p.eq(read.data),
        ]
        n_parts = self.width // self.granularity
        write = mem.write_port(granularity=self.granularity)
        part = Signal(range(n_parts))
        m.d.comb += [
            self.i.ready.eq(1),
            write.data.eq(self.i.p.replicate(n_parts)),
            write.en.eq(self.i.valid << part),
        ]
        with m.If(self.i.valid):
            # What was read ahead belongs to the set before.
            m.d.sync += [loaded.eq(0), self.o.valid.eq(0), address.eq(0)]
            self._step(m, part, n_parts)
            with m.If(part == n_parts - 1):
                self._step(m, write.addr, self.depth)
                m.d.sync += loaded.eq(write.addr == self.depth - 1)

    def _load_and_give(self, m):
        """One port: the parts of a word are gathered, and it is written as a whole."""
        m.submodules.memory = mem = SinglePortMemory(
            width=self.width, depth=self.depth, kind=self.kind
        )
        n_parts = self.width // self.granularity
        part, gathered = Signal(range(n_parts)), Signal(self.width - self.granularity)
        taken, given = Signal(range(self.depth)), Signal(range(self.depth))
        word = Signal(self.width)
        loaded, advance = Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq(1),
            word.eq(Cat(gathered, self.i.p)),
            advance.eq(loaded & (~self.o.valid | self.o.ready) & ~self.i.valid),
            mem.w_en.eq(self.i.valid & (part == n_parts - 1)),
            mem.w_data.eq(word),
            mem.r_en.eq(advance),
            mem.address.eq(Mux(self.i.valid, taken, given)),
            self.o.p.eq(mem.r_data),
        ]
        with m.If(advance):
            m.d.sync += self.o.valid.eq(1)
            self._step(m, given, self.depth)
        with m.If(self.i.valid):
            # What was read ahead belongs to the set before.
            m.d.sync += [loaded.eq(0), self.o.valid.eq(0), given.eq(0)]
            m.d.sync += gathered.eq(word >> self.granularity)
            self._step(m, part, n_parts)
            with m.If(part == n_parts - 1):
                self._step(m, taken, self.depth)
                m.d.sync += loaded.eq(taken == self.depth - 1)

    @staticmethod
    def _step(m, counter, length):
        """Count up, wrapping at ``length``."""
        m.d.sync += counter.eq(counter + 1)
        with m.If(counter == length - 1):
            m.d.sync += counter.eq(0)
