"""The registers of an accelerator, for whatever bus."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.host.registers import WORD_BYTES, RegisterMap

__all__ = ["RegisterBlock"]

RESET_CYCLES = 4
# Of the number of frames that are under way at once.
PENDING_WIDTH = 10


class RegisterBlock(wiring.Component):
    """Identification, status, counters, soft reset: all registers but the windows.

    Reading is combinational. What counts as a frame's beginning and end is the owner's to say.

    Parameters
    ----------
    registers : RegisterMap

    Members
    -------
    r_address, w_address : In(range(registers.size // 4))
        Of words.
    r_data : Out(32)
    w_data : In(32)
    w_en : In(1)
    frame_in, frame_out, frame_error, link_error : In(1)
        High for one cycle each time.
    busy : Out(1)
        More frames have come in than gone out.
    soft_reset : Out(1)
        High for four cycles when asked for; resets everything here too.
    """

    def __init__(self, registers: RegisterMap):
        self.registers = registers
        events = ("frame_in", "frame_out", "frame_error", "link_error")
        super().__init__(
            {
                "r_address": In(range(registers.size // WORD_BYTES)),
                "r_data": Out(32),
                "w_address": In(range(registers.size // WORD_BYTES)),
                "w_data": In(32),
                "w_en": In(1),
                **{event: In(1) for event in events},
                "busy": Out(1),
                "soft_reset": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        live = {
            "FRAMES_IN": self._counter(m, self.frame_in),
            "FRAMES_OUT": self._counter(m, self.frame_out),
            "FRAME_ERRORS": self._counter(m, self.frame_error),
            "LINK_ERRORS": self._counter(m, self.link_error),
        }
        seen = Signal(2)
        live["STATUS"] = Cat(self.busy, seen)
        m.d.sync += seen.eq(seen | Cat(self.frame_error, self.link_error))
        # A frame of the wrong length came in, and will not come out.
        pending = Signal(PENDING_WIDTH)
        m.d.sync += pending.eq(pending + self.frame_in - self.frame_out - self.frame_error)
        m.d.comb += self.busy.eq(pending != 0)

        with m.Switch(self.r_address):
            for register in self.registers.registers:
                with m.Case(register.address // WORD_BYTES):
                    value = register.value
                    word = live.get(register.name, 0) if value is None else Const(value, 32)
                    m.d.comb += self.r_data.eq(word)

        wanted = Signal()
        control = self.registers["CONTROL"].address // WORD_BYTES
        m.d.comb += wanted.eq(self.w_en & (self.w_address == control) & self.w_data[0])
        left = Signal(range(RESET_CYCLES + 1))
        m.d.comb += self.soft_reset.eq(left != 0)
        with m.If(wanted):
            m.d.sync += left.eq(RESET_CYCLES)
        with m.Elif(self.soft_reset):
            m.d.sync += [left.eq(left - 1), seen.eq(0), pending.eq(0)]
            m.d.sync += [live[name].eq(0) for name in live if name != "STATUS"]
        return m

    def _counter(self, m, event):
        count = Signal(self.registers["FRAMES_IN"].width)
        with m.If(event):
            m.d.sync += count.eq(count + 1)
        return count
