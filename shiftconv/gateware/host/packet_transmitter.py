"""Put packets together."""

from amaranth.hdl import Module, Signal
from amaranth.lib import crc, stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.host.byte_stuffing import SYMBOL
from shiftconv.gateware.host.packet_receiver import HEADER
from shiftconv.host.protocol import CRC_BYTES, HEADER_BYTES

__all__ = ["PacketTransmitter"]


class PacketTransmitter(wiring.Component):
    """A header, and as many bytes as it says, to the symbols of a packet.

    A symbol a cycle, and two cycles more for a packet.

    Parameters
    ----------
    max_length : int
        Bytes of the longest payload; no header may say more.

    Members
    -------
    i_header : In(stream.Signature(HEADER))
    i : In(stream.Signature(8))
        Payloads; each is taken after its header.
    o : Out(stream.Signature(SYMBOL))
    """

    def __init__(self, *, max_length: int):
        if not 0 <= max_length < 2**24:
            raise ValueError(f"A payload has from 0 to 2**24 - 1 bytes, not {max_length!r}")
        self.max_length = max_length
        super().__init__(
            {
                "i_header": In(stream.Signature(HEADER)),
                "i": In(stream.Signature(8)),
                "o": Out(stream.Signature(SYMBOL)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = check = crc.catalog.CRC32_ETHERNET(8).create()
        bits = Signal(HEADER.size)
        length = Signal(range(self.max_length + 1))
        left = Signal(range(max(self.max_length, HEADER_BYTES) + 1))
        moves = Signal()
        m.d.comb += [moves.eq(self.o.valid & self.o.ready), check.data.eq(self.o.p.data)]
        with m.If(moves):
            m.d.sync += left.eq(left - 1)

        with m.FSM():
            with m.State("Wait"):
                m.d.comb += [self.i_header.ready.eq(1), check.start.eq(1)]
                m.d.sync += [bits.eq(self.i_header.p), length.eq(self.i_header.p.length)]
                with m.If(self.i_header.valid):
                    m.next = "Mark"
            with m.State("Mark"):
                m.d.comb += [self.o.valid.eq(1), self.o.p.mark.eq(1)]
                with m.If(self.o.ready):
                    m.d.sync += left.eq(HEADER_BYTES)
                    m.next = "Header"
            with m.State("Header"):
                m.d.comb += [self.o.valid.eq(1), self.o.p.data.eq(bits), check.valid.eq(moves)]
                with m.If(moves):
                    m.d.sync += bits.eq(bits >> 8)
                    with m.If(left == 1):
                        m.d.sync += left.eq(length)
                        m.next = "Payload"
            with m.State("Payload"):
                with m.If(left == 0):
                    m.d.sync += left.eq(CRC_BYTES)
                    m.next = "Check"
                with m.Else():
                    m.d.comb += [
                        self.o.valid.eq(self.i.valid),
                        self.o.p.data.eq(self.i.p),
                        self.i.ready.eq(self.o.ready),
                        check.valid.eq(moves),
                    ]
            with m.State("Check"):
                byte = check.crc.word_select((CRC_BYTES - left)[:2], 8)
                m.d.comb += [self.o.valid.eq(1), self.o.p.data.eq(byte)]
                with m.If(moves & (left == 1)):
                    m.next = "Wait"
        return m
