"""A large memory that is read or written, one word a cycle."""

from amaranth.hdl import Array, Cat, ClockSignal, Const, Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.buffer_memory import buffer_memory
from shiftconv.gateware.family import family_of
from shiftconv.gateware.memory_kind import MemoryKind

__all__ = ["SinglePortMemory"]

BLOCK_DEPTH, BLOCK_WIDTH = 16_384, 16


class SinglePortMemory(wiring.Component):
    """Words that hold nothing in the beginning, with one port.

    On iCE40 UltraPlus it is made of SB_SPRAM256KA unless block memory is asked for, elsewhere of
    what is asked for, or of whatever suits.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Number of words.
    kind : {"block", "lut", "big"}, optional
        What its memory is made of.

    Members
    -------
    address : In(range(depth))
    r_en : In(1)
        Read; ``r_data`` is there in the next cycle, and stays until the next read.
    w_en : In(1)
        Write; not together with ``r_en``. What ``r_data`` is after that does not matter.
    w_data : In(width)
    r_data : Out(width)
    """

    def __init__(self, *, width: int, depth: int, kind: MemoryKind | None = None):
        if width < 1 or depth < 1:
            raise ValueError(f"Memory must have bits, not {depth} words of {width}")
        self.width = width
        self.depth = depth
        self.kind = kind
        super().__init__(
            {
                "address": In(range(depth)),
                "r_en": In(1),
                "w_en": In(1),
                "w_data": In(width),
                "r_data": Out(width),
            }
        )

    @staticmethod
    def blocks(*, width: int, depth: int) -> tuple[int, int]:
        """SB_SPRAM256KA above each other, and beside each other."""
        return -(-depth // BLOCK_DEPTH), -(-width // BLOCK_WIDTH)

    def elaborate(self, platform):
        m = Module()
        family = family_of(platform)
        if family == "ice40" and self.kind != "block":
            self._of_blocks(m)
            return m
        m.submodules.memory = mem = buffer_memory(
            shape=self.width, depth=self.depth, kind=self.kind, family=family
        )
        read = mem.read_port()
        write = mem.write_port()
        m.d.comb += [
            read.addr.eq(self.address),
            read.en.eq(self.r_en),
            write.addr.eq(self.address),
            write.en.eq(self.w_en),
            write.data.eq(self.w_data),
            self.r_data.eq(read.data),
        ]
        return m

    def _of_blocks(self, m):
        """Blocks above each other, each as wide as needed; the row read last gives its word."""
        n_rows, n_columns = self.blocks(width=self.width, depth=self.depth)
        within = Signal(range(BLOCK_DEPTH))
        row, shown = Signal(range(n_rows)), Signal(range(n_rows))
        data = Signal(n_columns * BLOCK_WIDTH)
        m.d.comb += [Cat(within, row).eq(self.address), data.eq(self.w_data)]
        with m.If(self.r_en):
            m.d.sync += shown.eq(row)
        words = []
        for y in range(n_rows):
            chosen = Signal(name=f"chosen{y}")
            m.d.comb += chosen.eq((self.r_en | self.w_en) & (row == y))
            word = Signal(n_columns * BLOCK_WIDTH, name=f"word{y}")
            for x in range(n_columns):
                place = slice(x * BLOCK_WIDTH, (x + 1) * BLOCK_WIDTH)
                m.submodules[f"block{y}_{x}"] = Instance(
                    "SB_SPRAM256KA",
                    i_CLOCK=ClockSignal(),
                    i_ADDRESS=within,
                    i_CHIPSELECT=chosen,
                    i_WREN=self.w_en,
                    i_MASKWREN=Const(0b1111, 4),
                    i_DATAIN=data[place],
                    o_DATAOUT=word[place],
                    i_STANDBY=Const(0),
                    i_SLEEP=Const(0),
                    i_POWEROFF=Const(1),
                )
            words.append(word)
        m.d.comb += self.r_data.eq(Array(words)[shown])
