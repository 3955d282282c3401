"""Marks that no byte of a packet can be taken for."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.host.protocol import ESCAPE, FLIP, MARK

__all__ = ["SYMBOL", "StuffDecoder", "StuffEncoder"]

SYMBOL = data.StructLayout({"data": 8, "mark": 1})
"""A byte of a packet, or the mark before its first, with which ``data`` does not matter."""


class StuffEncoder(wiring.Component):
    """Symbols to bytes: a mark is one byte, a byte like mark or escape two. Combinational.

    Members
    -------
    i : In(stream.Signature(SYMBOL))
    o : Out(stream.Signature(8))
    """

    def __init__(self):
        super().__init__({"i": In(stream.Signature(SYMBOL)), "o": Out(stream.Signature(8))})

    def elaborate(self, platform):
        m = Module()
        byte = self.i.p.data
        escaped, special = Signal(), Signal()
        m.d.comb += [
            special.eq(~self.i.p.mark & ((byte == MARK) | (byte == ESCAPE))),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready & (~special | escaped)),
        ]
        with m.If(self.i.p.mark):
            m.d.comb += self.o.p.eq(MARK)
        with m.Elif(special):
            m.d.comb += self.o.p.eq(Mux(escaped, byte ^ FLIP, ESCAPE))
        with m.Else():
            m.d.comb += self.o.p.eq(byte)
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += escaped.eq(special & ~escaped)
        return m


class StuffDecoder(wiring.Component):
    """Bytes to symbols; inverse of :class:`StuffEncoder`. Combinational.

    Members
    -------
    i : In(stream.Signature(8))
    o : Out(stream.Signature(SYMBOL))
    """

    def __init__(self):
        super().__init__({"i": In(stream.Signature(8)), "o": Out(stream.Signature(SYMBOL))})

    def elaborate(self, platform):
        m = Module()
        escaped, escapes = Signal(), Signal()
        m.d.comb += [
            escapes.eq(self.i.p == ESCAPE),
            self.o.valid.eq(self.i.valid & ~escapes),
            self.i.ready.eq(self.o.ready | escapes),
            self.o.p.mark.eq(self.i.p == MARK),
            self.o.p.data.eq(Mux(escaped, self.i.p ^ FLIP, self.i.p)),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += escaped.eq(escapes)
        return m
