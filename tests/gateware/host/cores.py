"""Stand-ins for accelerators, and hosts for them."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from shiftconv.host.packing import FrameLayout
from shiftconv.host.registers import register_map

__all__ = ["Adder", "converse", "map_of"]

DIGEST = "0123456789abcdef" * 4


class Adder(wiring.Component):
    """Adds one to every beat. Takes one at most every ``pause`` cycles.

    Parameters
    ----------
    beat_bytes : int
    pause : int
        At least 1.
    stuck_at : int
        After so many beats since its reset it takes no more; endless if negative.
    """

    def __init__(self, *, beat_bytes: int, pause: int = 1, stuck_at: int = -1):
        self.pause = pause
        self.stuck_at = stuck_at
        ports = {"frame_error": Out(1)}
        for side, toward, back in (("s", In, Out), ("m", Out, In)):
            ports |= {
                f"{side}_axis_tvalid": toward(1),
                f"{side}_axis_tready": back(1),
                f"{side}_axis_tdata": toward(8 * beat_bytes),
                f"{side}_axis_tlast": toward(1),
            }
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        left, given = Signal(range(self.pause + 1)), Signal(16)
        free = ~self.m_axis_tvalid | self.m_axis_tready
        m.d.comb += self.s_axis_tready.eq(free & (left == 0) & (given != self.stuck_at % 2**16))
        m.d.sync += self.frame_error.eq(0)
        with m.If(left != 0):
            m.d.sync += left.eq(left - 1)
        with m.If(self.m_axis_tready):
            m.d.sync += self.m_axis_tvalid.eq(0)
        with m.If(self.s_axis_tvalid & self.s_axis_tready):
            m.d.sync += [
                self.m_axis_tvalid.eq(1),
                self.m_axis_tdata.eq(self.s_axis_tdata + 1),
                self.m_axis_tlast.eq(self.s_axis_tlast),
                left.eq(self.pause - 1),
                given.eq(given + 1),
            ]
        return m


def map_of(frame_bytes, beat_bytes):
    """Registers of a core whose frames have so many bytes, in and out."""
    shape = (1, frame_bytes // beat_bytes, beat_bytes)
    layout = FrameLayout(shape=shape, width=8, signed=False, frac=0, par=beat_bytes)
    return register_map(digest=DIGEST, frames={"s_axis": layout, "m_axis": layout})


def converse(link, data, *, quiet=400, pause=0):
    """Bytes that a link answers to ``data``, until it says nothing for ``quiet`` cycles.

    Parameters
    ----------
    pause : int
        Cycles between one byte taken of the link and the next.
    """
    said = bytearray()
    simulator = Simulator(link)
    simulator.add_clock(1e-8)

    async def source(ctx):
        for byte in data:
            ctx.set(link.i.payload, byte)
            ctx.set(link.i.valid, 1)
            await ctx.tick().until(link.i.ready)
        ctx.set(link.i.valid, 0)

    async def sink(ctx):
        silent = 0
        while silent < quiet:
            ctx.set(link.o.ready, 1)
            _, _, valid, byte, busy = await ctx.tick().sample(
                link.o.valid, link.o.payload, link.i.valid
            )
            silent = 0 if valid or busy else silent + 1
            if valid:
                said.append(byte)
                ctx.set(link.o.ready, 0)
                await ctx.tick().repeat(pause) if pause else None

    simulator.add_testbench(source, background=True)
    simulator.add_testbench(sink)
    simulator.run()
    return bytes(said)
