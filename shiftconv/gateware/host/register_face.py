"""A core behind registers: what every bus puts its own face on."""

from amaranth.hdl import Module, Mux, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.host.register_block import RegisterBlock
from shiftconv.host.registers import WORD_BYTES, RegisterMap, Window

__all__ = ["RegisterFace", "WindowFeeder"]


class WindowFeeder(wiring.Component):
    """Words to beats of a stream. Latency 1 cycle; a word a cycle.

    Parameters
    ----------
    width : int
        Bits of a beat.

    Members
    -------
    i : In(stream.Signature(32))
        The lowest word of a beat first; bits above ``width`` do not matter.
    o : Out(stream.Signature(width))
    """

    def __init__(self, *, width: int):
        self.width = width
        super().__init__({"i": In(stream.Signature(32)), "o": Out(stream.Signature(width))})

    def elaborate(self, platform):
        m = Module()
        n_words = -(-self.width // 32)
        words = Signal(32 * n_words)
        place = Signal(range(n_words))
        ends = place == n_words - 1
        m.d.comb += [self.i.ready.eq(~self.o.valid | self.o.ready), self.o.p.eq(words)]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                words.word_select(place, 32).eq(self.i.p),
                place.eq(Mux(ends, 0, place + 1)),
                self.o.valid.eq(ends),
            ]
        return m


class RegisterFace(wiring.Component):
    """A core with its AXI4-Streams outside, and registers that watch, reset and feed it.

    Parameters
    ----------
    core : AxiStreamFace
    registers : RegisterMap
        Its windows feed streams of the core, which then are no ports.

    Members
    -------
    The core's ports, but those of the windows' streams, and the register bus of
    :class:`~shiftconv.gateware.host.axi_lite.AxiLiteSlave` from the other side:

    r_address, w_address : In(range(registers.size // 4))
    r_data : Out(32)
    w_data : In(32)
    w_en : In(1)
    w_ready : Out(1)
    """

    def __init__(self, core: wiring.Component, *, registers: RegisterMap):
        self.core = core
        self.registers = registers
        fed = tuple(f"{window.stream}_t" for window in registers.windows)
        self.passed_on = {
            name: member
            for name, member in core.signature.members.items()
            if not name.startswith(fed)
        }
        words = range(registers.size // WORD_BYTES)
        super().__init__(
            {
                **self.passed_on,
                "r_address": In(words),
                "r_data": Out(32),
                "w_address": In(words),
                "w_data": In(32),
                "w_en": In(1),
                "w_ready": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        core = self.core
        m.submodules.block = block = RegisterBlock(self.registers)
        reset = ResetInserter(block.soft_reset)
        m.submodules.core = reset(core)
        for name, member in self.passed_on.items():
            outer, inner = getattr(self, name), getattr(core, name)
            m.d.comb += inner.eq(outer) if member.flow is In else outer.eq(inner)
        m.d.comb += [
            block.r_address.eq(self.r_address),
            self.r_data.eq(block.r_data),
            block.w_address.eq(self.w_address),
            block.w_data.eq(self.w_data),
            block.frame_in.eq(self._ends("s_axis")),
            block.frame_out.eq(self._ends("m_axis")),
            block.frame_error.eq(getattr(core, "frame_error", 0)),
        ]
        feeders = {window.address // WORD_BYTES: window for window in self.registers.windows}
        with m.Switch(self.w_address):
            for address, window in feeders.items():
                feeder = self._feeder(m, reset, window)
                with m.Case(address):
                    m.d.comb += [feeder.i.valid.eq(self.w_en), self.w_ready.eq(feeder.i.ready)]
            with m.Default():
                m.d.comb += [block.w_en.eq(self.w_en), self.w_ready.eq(1)]
        return m

    def _ends(self, port):
        """Whether the last beat of a frame moves."""
        core = self.core
        last = getattr(core, f"{port}_tlast", 0)
        return getattr(core, f"{port}_tvalid") & getattr(core, f"{port}_tready") & last

    def _feeder(self, m, reset, window: Window):
        """What turns words for a window into beats."""
        tdata = getattr(self.core, f"{window.stream}_tdata")
        feeder = WindowFeeder(width=len(tdata))
        m.submodules[window.name.lower()] = reset(feeder)
        m.d.comb += [
            feeder.i.p.eq(self.w_data),
            tdata.eq(feeder.o.p),
            getattr(self.core, f"{window.stream}_tvalid").eq(feeder.o.valid),
            feeder.o.ready.eq(getattr(self.core, f"{window.stream}_tready")),
        ]
        return feeder
