"""Small designs that the tests of the flow put through the tools."""

from amaranth.hdl import Array, Cat, ClockDomain, Module, Mux, Signal, signed, unsigned
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Dot", "Endless", "Impatient", "Registers", "Reverser", "Silent"]


def axi_members(in_bytes: int, out_bytes: int) -> dict:
    """Members of an AXI4-Stream slave ``s_axis`` and master ``m_axis``."""
    return {
        "s_axis_tvalid": In(1),
        "s_axis_tready": Out(1),
        "s_axis_tdata": In(8 * in_bytes),
        "s_axis_tlast": In(1),
        "m_axis_tvalid": Out(1),
        "m_axis_tready": In(1),
        "m_axis_tdata": Out(8 * out_bytes),
        "m_axis_tlast": Out(1),
    }


class Reverser(wiring.Component):
    """Gives every beat with its bytes reversed and one added to each. Latency 1.

    ``frame_error`` is high for the cycle after a frame's last beat began with a zero byte.
    """

    def __init__(self, n_bytes: int):
        self.n_bytes = n_bytes
        super().__init__({**axi_members(n_bytes, n_bytes), "frame_error": Out(1)})

    def elaborate(self, platform):
        m = Module()
        n = self.n_bytes
        added = Signal(8 * n)
        for i in range(n):
            m.d.comb += added.word_select(i, 8).eq(self.s_axis_tdata.word_select(n - 1 - i, 8) + 1)
        m.d.comb += self.s_axis_tready.eq(~self.m_axis_tvalid | self.m_axis_tready)
        m.d.sync += self.frame_error.eq(0)
        with m.If(self.s_axis_tready):
            m.d.sync += self.m_axis_tvalid.eq(self.s_axis_tvalid)
            with m.If(self.s_axis_tvalid):
                m.d.sync += [
                    self.m_axis_tdata.eq(added),
                    self.m_axis_tlast.eq(self.s_axis_tlast),
                    self.frame_error.eq(self.s_axis_tlast & (self.s_axis_tdata[:8] == 0)),
                ]
        return m


class Silent(wiring.Component):
    """Takes three beats and gives none."""

    def __init__(self):
        super().__init__(axi_members(1, 1))

    def elaborate(self, platform):
        m = Module()
        count = Signal(2)
        m.d.comb += self.s_axis_tready.eq(count != 3)
        with m.If(self.s_axis_tvalid & self.s_axis_tready):
            m.d.sync += count.eq(count + 1)
        return m


class Endless(wiring.Component):
    """Takes every beat and gives a beat in every cycle."""

    def __init__(self):
        super().__init__(axi_members(1, 1))

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [self.s_axis_tready.eq(1), self.m_axis_tvalid.eq(1)]
        with m.If(self.m_axis_tready):
            m.d.sync += self.m_axis_tdata.eq(self.m_axis_tdata + 1)
        return m


class Impatient(wiring.Component):
    """Changes what it offers while nobody takes it."""

    def __init__(self):
        super().__init__(axi_members(1, 1))

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [self.s_axis_tready.eq(1), self.m_axis_tvalid.eq(1)]
        m.d.sync += self.m_axis_tdata.eq(self.m_axis_tdata + 1)
        return m


class Lane(wiring.Component):
    """``o = ±x << k`` or zero, one cycle later."""

    def __init__(self):
        super().__init__({"x": In(signed(8)), "code": In(3), "o": Out(signed(11))})

    def elaborate(self, platform):
        m = Module()
        shifted = Signal(signed(10))
        with m.Switch(self.code[:2]):
            for field in range(1, 4):
                with m.Case(field):
                    m.d.comb += shifted.eq(self.x << (field - 1))
        m.d.sync += self.o.eq(Mux(self.code[2], -shifted, shifted))
        return m


class Dot(wiring.Component):
    """Four lanes and their sum, weights from a memory of ``depth`` words.

    Parameters
    ----------
    depth : int
        Words of the memory.
    multiply : bool
        Give the square of the sum, which takes a multiplier.
    """

    def __init__(self, *, depth: int, multiply: bool = False):
        self.depth = depth
        self.multiply = multiply
        super().__init__({"x": In(32), "address": In(range(depth)), "o": Out(signed(26))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.weights = weights = memory.Memory(
            shape=unsigned(12), depth=self.depth, init=[i * 37 % 4096 for i in range(self.depth)]
        )
        port = weights.read_port()
        m.d.comb += port.addr.eq(self.address)
        lanes = [Lane() for _ in range(4)]
        for i, lane in enumerate(lanes):
            m.submodules[f"lane{i}"] = lane
            m.d.comb += [lane.x.eq(self.x[8 * i :][:8]), lane.code.eq(port.data[3 * i :][:3])]
        total = Signal(signed(13))
        m.d.sync += total.eq(sum(lane.o for lane in lanes))
        m.d.sync += self.o.eq(total * total if self.multiply else total)
        return m


class Registers(wiring.Component):
    """Every way to write a register that the Verilog writer might get wrong."""

    def __init__(self):
        super().__init__({"a": In(8), "b": In(signed(8)), "go": In(1), "o": Out(8), "p": Out(24)})

    def elaborate(self, platform):
        m = Module()
        m.domains.other = other = ClockDomain(async_reset=True)
        m.domains.falling = falling = ClockDomain(clk_edge="neg", reset_less=True)
        m.d.comb += [other.clk.eq(self.a[0]), other.rst.eq(self.a[1]), falling.clk.eq(self.a[2])]
        parts, kept, slow = Signal(8, init=3), Signal(8, reset_less=True), Signal(8)
        edge, wide = Signal(8), Signal(24)
        cells = Array(Signal(4, name=f"cell{i}") for i in range(3))
        m.d.sync += parts[:3].eq(self.a)
        with m.If(self.go):
            m.d.sync += [parts[5:].eq(parts), cells[self.a[:2]].eq(self.b)]
            with m.If(self.b > 3):
                m.d.sync += kept.eq(kept + self.a)
            with m.Elif(self.b == -1):
                m.d.sync += kept.eq(0)
        m.d.other += slow.eq(slow + 1)
        m.d.falling += edge.eq(self.a ^ edge)
        m.d.sync += wide.eq(self.b)
        with m.FSM():
            with m.State("Wait"), m.If(self.go):
                m.next = "Count"
            with m.State("Count"):
                m.d.sync += self.o.eq(self.o + 1)
                with m.If(self.o == self.a):
                    m.d.sync += self.o.eq(0)
                    m.next = "Wait"
        m.d.comb += self.p.eq(Cat(parts ^ kept, slow ^ edge, *cells) ^ wide)
        return m
