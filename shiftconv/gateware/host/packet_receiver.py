"""Find packets among symbols, and judge them."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import crc, data, stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.host.byte_stuffing import SYMBOL
from shiftconv.host.protocol import CRC_BYTES, HEADER_BYTES, ErrorCode, Kind

__all__ = ["HEADER", "VERDICT", "PacketReceiver"]

HEADER = data.StructLayout({"kind": 8, "seq": 16, "length": 24})
VERDICT = data.StructLayout({"kind": 8, "seq": 16, "error": 8})
"""``error`` is 0, or an :class:`~shiftconv.host.protocol.ErrorCode`."""


class PacketReceiver(wiring.Component):
    """Take packets for a board apart.

    Of each packet that begins, a verdict comes, once; what follows until the next mark is ignored.
    Of a frame or of weights, the payload comes before the verdict, and may have been passed on in
    vain. A byte a cycle, and two cycles more for a packet.

    Parameters
    ----------
    frame_bytes : int
        Payload of a frame, and of weights.
    weights : bool
        Whether weights are known here.

    Members
    -------
    i : In(stream.Signature(SYMBOL))
    room : In(1)
        Whether a payload that begins now is wanted.
    o : Out(stream.Signature(8))
        Payloads, all of each once it begins.
    o_verdict : Out(stream.Signature(VERDICT))
    """

    def __init__(self, *, frame_bytes: int, weights: bool = False):
        if not 1 <= frame_bytes < 2**24:
            raise ValueError(f"A frame must have 1 to 2**24 - 1 bytes, not {frame_bytes!r}")
        self.frame_bytes = frame_bytes
        self.weights = weights
        super().__init__(
            {
                "i": In(stream.Signature(SYMBOL)),
                "room": In(1),
                "o": Out(stream.Signature(8)),
                "o_verdict": Out(stream.Signature(VERDICT)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.crc = check = crc.catalog.CRC32_ETHERNET(8).create()
        header = Signal(HEADER)
        error = Signal(8)
        left = Signal(range(max(self.frame_bytes, HEADER_BYTES) + 1))
        byte, takes = Signal(), Signal()
        m.d.comb += [
            byte.eq(self.i.valid & ~self.i.p.mark),
            takes.eq(byte & self.i.ready),
            check.data.eq(self.i.p.data),
            check.valid.eq(takes),
            self.o.p.eq(self.i.p.data),
            self.o_verdict.p.kind.eq(header.kind),
            self.o_verdict.p.seq.eq(header.seq),
        ]
        with m.If(takes):
            m.d.sync += left.eq(left - 1)

        with m.FSM():
            with m.State("Hunt"):
                m.d.comb += [self.i.ready.eq(1), check.start.eq(1)]
                m.d.sync += left.eq(HEADER_BYTES)
                with m.If(self.i.valid & self.i.p.mark):
                    m.next = "Header"
            with m.State("Header"):
                # Marks in a row begin one packet.
                m.d.comb += self.i.ready.eq(byte | (left == HEADER_BYTES))
                with m.If(takes):
                    m.d.sync += header.eq(Cat(header.as_value()[8:], self.i.p.data))
                    with m.If(left == 1):
                        m.next = "Judge"
                self._cut(m, error, begun=left != HEADER_BYTES)
            with m.State("Judge"):
                m.d.sync += [error.eq(self._judgement(header)), left.eq(CRC_BYTES)]
                m.next = "Check"
                with m.If(self._judgement(header) != 0):
                    m.next = "Refuse"
                with m.Elif(self._has_payload(header)):
                    m.d.sync += left.eq(self.frame_bytes)
                    m.next = "Payload"
            with m.State("Payload"):
                m.d.comb += [self.o.valid.eq(byte), self.i.ready.eq(byte & self.o.ready)]
                with m.If(takes & (left == 1)):
                    m.d.sync += left.eq(CRC_BYTES)
                    m.next = "Check"
                self._cut(m, error)
            with m.State("Check"):
                m.d.comb += self.i.ready.eq(byte)
                with m.If(takes & (left == 1)):
                    m.next = "Pass"
                self._cut(m, error)
            with m.State("Pass"):
                m.d.comb += [
                    self.o_verdict.valid.eq(1),
                    self.o_verdict.p.error.eq(Mux(check.match_detected, 0, ErrorCode.CRC)),
                ]
                with m.If(self.o_verdict.ready):
                    m.next = "Hunt"
            with m.State("Refuse"):
                m.d.comb += [self.o_verdict.valid.eq(1), self.o_verdict.p.error.eq(error)]
                with m.If(self.o_verdict.ready):
                    m.next = "Hunt"
        return m

    def _has_payload(self, header):
        is_frame = header.kind == Kind.FRAME
        return is_frame | (header.kind == Kind.WEIGHTS) if self.weights else is_frame

    def _judgement(self, header):
        """Error of a header, 0 if it is a good one."""
        has_payload = self._has_payload(header)
        known = has_payload | (header.kind == Kind.STATUS) | (header.kind == Kind.RESET)
        fits = header.length == Mux(has_payload, self.frame_bytes, 0)
        busy = Mux(has_payload & ~self.room, ErrorCode.BUSY, 0)
        return Mux(known, Mux(fits, busy, ErrorCode.LENGTH), ErrorCode.KIND)

    def _cut(self, m, error, begun=1):
        """A mark within a packet begins the next one: leave it where it is until the verdict."""
        with m.If(self.i.valid & self.i.p.mark & begun):
            m.d.sync += error.eq(ErrorCode.TRUNCATED)
            m.next = "Refuse"
