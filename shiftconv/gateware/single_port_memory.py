"""A large memory that is read or written, one word a cycle."""

from amaranth.hdl import Array, Cat, ClockSignal, Const, Instance, Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.family import family_of

__all__ = ["SinglePortMemory"]

BLOCK_DEPTH, BLOCK_WIDTH = 16_384, 16


class SinglePortMemory(wiring.Component):
    """Words that hold nothing in the beginning, with one port.

    On iCE40 UltraPlus it is made of SB_SPRAM256KA, elsewhere of whatever suits.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Number of words.

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

    def __init__(self, *, width: int, depth: int):
        if width < 1 or depth < 1:
            raise ValueError(f"Memory must have bits, not {depth} words of {width}")
        self.width = width
        self.depth = depth
        super().__init__(
            {
                "address": In(range(depth)),
                "r_en": In(1),
                "w_en": In(1),
                "w_data": In(width),
                "r_data": Out(width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        if family_of(platform) == "ice40":
            self._of_blocks(m)
            return m
        m.submodules.memory = mem = memory.Memory(shape=self.width, depth=self.depth, init=[])
        read, write = mem.read_port(), mem.write_port()
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
        n_rows = -(-self.depth // BLOCK_DEPTH)
        n_columns = -(-self.width // BLOCK_WIDTH)
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
