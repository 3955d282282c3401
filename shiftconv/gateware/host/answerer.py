"""What a board says to its host, packet by packet."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.host.byte_gear import BeatsToBytes
from shiftconv.gateware.host.byte_stuffing import SYMBOL
from shiftconv.gateware.host.packet_receiver import VERDICT
from shiftconv.gateware.host.packet_transmitter import PacketTransmitter
from shiftconv.host.protocol import Kind
from shiftconv.host.registers import WORD_BYTES

__all__ = ["Answerer"]


class Answerer(wiring.Component):
    """Replies to packets before results of frames, each whole.

    Parameters
    ----------
    result_bytes : int
        Bytes of an output frame.
    status_bytes : int
        Bytes of the registers that a status answers with.

    Members
    -------
    i_replies : In(stream.Signature(VERDICT))
        Packets to answer: statuses, resets, and whatever has an error.
    i_frames : In(stream.Signature(16))
        Sequence numbers of the frames whose results will come, in their order.
    i : In(stream.Signature(8))
        Results.
    word : Out(range(status_bytes // 4))
        Register to show in ``r_data``.
    r_data : In(32)
    o : Out(stream.Signature(SYMBOL))
    """

    def __init__(self, *, result_bytes: int, status_bytes: int):
        self.result_bytes = result_bytes
        self.status_bytes = status_bytes
        super().__init__(
            {
                "i_replies": In(stream.Signature(VERDICT)),
                "i_frames": In(stream.Signature(16)),
                "i": In(stream.Signature(8)),
                "word": Out(range(status_bytes // WORD_BYTES)),
                "r_data": In(32),
                "o": Out(stream.Signature(SYMBOL)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.transmitter = transmitter = PacketTransmitter(
            max_length=max(self.result_bytes, self.status_bytes)
        )
        m.submodules.words = words = BeatsToBytes(beat_bytes=WORD_BYTES)
        wiring.connect(m, transmitter.o, wiring.flipped(self.o))
        header, reply = transmitter.i_header, self.i_replies
        m.d.comb += [
            header.valid.eq(reply.valid | (self.i_frames.valid & self.i.valid)),
            reply.ready.eq(header.ready),
            self.i_frames.ready.eq(header.ready & ~reply.valid & self.i.valid),
        ]

        # The payload is that of the last header taken.
        kind, error = Signal(8), Signal(8)
        n_words = self.status_bytes // WORD_BYTES
        left = Signal(range(n_words + 1))
        with m.If(reply.valid):
            m.d.comb += header.p.seq.eq(reply.p.seq)
            with m.If(reply.p.error != 0):
                m.d.comb += [header.p.kind.eq(Kind.ERROR), header.p.length.eq(1)]
            with m.Else():
                is_status = reply.p.kind == Kind.STATUS
                m.d.comb += header.p.kind.eq(reply.p.kind)
                m.d.comb += header.p.length.eq(Mux(is_status, self.status_bytes, 0))
        with m.Else():
            m.d.comb += [
                header.p.kind.eq(Kind.RESULT),
                header.p.seq.eq(self.i_frames.p),
                header.p.length.eq(self.result_bytes),
            ]
        with m.If(header.ready & header.valid):
            m.d.sync += [kind.eq(header.p.kind), error.eq(reply.p.error)]
            with m.If(header.p.kind == Kind.STATUS):
                m.d.sync += left.eq(n_words)

        m.d.comb += [
            words.i.valid.eq(left != 0),
            words.i.p.eq(self.r_data),
        ]
        with m.If(words.i.valid & words.i.ready):
            m.d.sync += [left.eq(left - 1), self.word.eq(Mux(left == 1, 0, self.word + 1))]
        with m.Switch(kind):
            with m.Case(Kind.RESULT):
                wiring.connect(m, wiring.flipped(self.i), transmitter.i)
            with m.Case(Kind.STATUS):
                wiring.connect(m, words.o, transmitter.i)
            with m.Default():
                m.d.comb += [transmitter.i.valid.eq(1), transmitter.i.p.eq(error)]
        return m
