"""Two-entry stream register."""

from amaranth.hdl import Module, Shape, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["StreamBuffer"]


class StreamBuffer(wiring.Component):
    """Pass a stream on with every output, ``ready`` included, driven by a register.

    ``o = i``. Latency 1 cycle, throughput 1 per cycle. Cuts the combinational path of ``ready``
    that would otherwise run through all stages of an accelerator.

    Parameters
    ----------
    shape : ShapeLike
        Payload.

    Members
    -------
    i : In(stream.Signature(shape))
    o : Out(stream.Signature(shape))
    """

    def __init__(self, *, shape):
        self.shape = shape
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        width = Shape.cast(self.shape).width
        spare = Signal(width, reset_less=True)
        spare_valid = Signal()

        m.d.comb += self.i.ready.eq(~spare_valid)
        with m.If(~self.o.valid | self.o.ready):
            m.d.sync += [
                Value.cast(self.o.p).eq(Value.cast(self.i.p)),
                self.o.valid.eq(self.i.valid | spare_valid),
                spare_valid.eq(0),
            ]
            with m.If(spare_valid):
                m.d.sync += Value.cast(self.o.p).eq(spare)
        with m.Elif(self.i.ready):
            m.d.sync += [spare.eq(Value.cast(self.i.p)), spare_valid.eq(self.i.valid)]
        return m
