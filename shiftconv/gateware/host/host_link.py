"""A host's packets to an accelerator's frames, and back."""

from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.host.answerer import Answerer
from shiftconv.gateware.host.byte_gear import BeatsToBytes, BytesToBeats
from shiftconv.gateware.host.byte_stuffing import SYMBOL, StuffDecoder, StuffEncoder
from shiftconv.gateware.host.frame_store import FrameStore
from shiftconv.gateware.host.packet_receiver import VERDICT, PacketReceiver
from shiftconv.gateware.host.register_block import RegisterBlock
from shiftconv.gateware.host.weight_gate import WeightGate
from shiftconv.gateware.stream_buffer import StreamBuffer
from shiftconv.gateware.stream_queue import StreamQueue
from shiftconv.host.protocol import ErrorCode, Kind
from shiftconv.host.registers import WORD_BYTES, RegisterMap

__all__ = ["FRAMES_AT_ONCE", "HostLink"]

FRAMES_AT_ONCE = 16
REPLIES = 8


class HostLink(wiring.Component):
    """Answer a host's packets, with the help of an accelerator.

    The packets are those of :mod:`shiftconv.host.protocol`. A frame reaches the core only when all
    of it has come and its CRC is right; its result leaves as it comes. A packet that is none gets
    an error for an answer. Nothing that comes, or fails to come, stops the link; where a host asks
    faster than answers leave, answers other than results are dropped.

    Parameters
    ----------
    core : Component
        With the ports of :class:`~shiftconv.gateware.axi_stream.AxiStreamFace`: ``s_axis_*``,
        ``m_axis_*``, ``frame_error``.
    registers : RegisterMap
        Its sizes are those of the core's frames.
    depth : int
        Bytes of frames held back: a power of two; without it, as many as hold two frames.
    weight_bytes : int
        Bytes of weights that the core takes at ``s_axis_weights`` after each reset, before frames.

    Members
    -------
    i, o : stream.Signature(8)
        From the host, and to it.
    link_error : In(1)
        High for one cycle for each byte that got lost on the way here.
    busy : Out(1)
        A frame is under way.
    heard, failed : Out(1)
        High for one cycle for each good packet, and for each other.
    """

    def __init__(
        self,
        core: wiring.Component,
        *,
        registers: RegisterMap,
        depth: int | None = None,
        weight_bytes: int = 0,
    ):
        self.core = core
        self.weight_bytes = weight_bytes
        self.registers = registers
        self.in_bytes, self.in_beat, self.out_bytes, self.out_beat = (
            registers.constant(name)
            for name in ("IN_FRAME_BYTES", "IN_BEAT_BYTES", "OUT_FRAME_BYTES", "OUT_BEAT_BYTES")
        )
        self.depth = depth or 1 << (2 * self.in_bytes - 1).bit_length()
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "o": Out(stream.Signature(8)),
                "link_error": In(1),
                "busy": Out(1),
                "heard": Out(1),
                "failed": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.block = block = RegisterBlock(self.registers)
        reset = ResetInserter(block.soft_reset)
        m.submodules.receiver = receiver = PacketReceiver(
            frame_bytes=self.in_bytes, weights=self.weight_bytes > 0
        )
        m.submodules.decoder = decoder = StuffDecoder()
        wiring.connect(m, wiring.flipped(self.i), decoder.i)
        wiring.connect(m, decoder.o, receiver.i)

        store = FrameStore(frame_bytes=self.in_bytes, depth=self.depth)
        unpacker = BytesToBeats(beat_bytes=self.in_beat, frame_bytes=self.in_bytes)
        frames = StreamQueue(shape=16, depth=FRAMES_AT_ONCE)
        packer = BeatsToBytes(beat_bytes=self.out_beat)
        answerer = Answerer(result_bytes=self.out_bytes, status_bytes=self.registers.status_bytes)
        # Without these, the path of ready would run from the line through the core's end.
        results = StreamBuffer(shape=data.StructLayout({"data": 8 * self.out_beat, "last": 1}))
        symbols = StreamBuffer(shape=SYMBOL)
        for name, part in (
            ("store", store),
            ("unpacker", unpacker),
            ("core", self.core),
            ("results", results),
            ("frames", frames),
            ("packer", packer),
            ("answerer", answerer),
            ("symbols", symbols),
        ):
            m.submodules[name] = reset(part)
        m.submodules.replies = replies = StreamQueue(shape=VERDICT, depth=REPLIES)
        m.submodules.encoder = encoder = StuffEncoder()
        wiring.connect(m, receiver.o, store.i)
        gate = self._connect_store(m, store, unpacker, reset)
        wiring.connect(m, frames.o, answerer.i_frames)
        wiring.connect(m, packer.o, answerer.i)
        wiring.connect(m, answerer.o, symbols.i)
        wiring.connect(m, symbols.o, encoder.i)
        wiring.connect(m, encoder.o, wiring.flipped(self.o))
        self._connect_core(m, unpacker.o, results, packer.i, block)
        self._judge(m, receiver, store, frames, replies, block, gate)
        m.d.comb += [
            block.r_address.eq(answerer.word),
            answerer.r_data.eq(block.r_data),
            # While it is reset, the answerer takes nothing.
            answerer.i_replies.p.eq(replies.o.p),
            answerer.i_replies.valid.eq(replies.o.valid & ~block.soft_reset),
            replies.o.ready.eq(answerer.i_replies.ready & ~block.soft_reset),
            self.busy.eq(block.busy),
        ]
        return m

    def _connect_store(self, m, store, unpacker, reset):
        """Frames to the core; weights, where there are some, to its memories."""
        if not self.weight_bytes:
            wiring.connect(m, store.o, unpacker.i)
            return None
        core = self.core
        gate = WeightGate(n_bytes=self.weight_bytes, piece_bytes=self.in_bytes)
        m.submodules.gate = reset(gate)
        wiring.connect(m, store.o, gate.i)
        wiring.connect(m, gate.o, unpacker.i)
        m.d.comb += [
            core.s_axis_weights_tvalid.eq(gate.o_weights.valid),
            core.s_axis_weights_tdata.eq(gate.o_weights.p),
            gate.o_weights.ready.eq(core.s_axis_weights_tready),
        ]
        return gate

    def _connect_core(self, m, source, results, sink, block):
        core = self.core
        m.d.comb += [
            core.s_axis_tvalid.eq(source.valid),
            core.s_axis_tdata.eq(source.p.data),
            core.s_axis_tlast.eq(source.p.last),
            source.ready.eq(core.s_axis_tready),
            results.i.valid.eq(core.m_axis_tvalid),
            results.i.p.data.eq(core.m_axis_tdata),
            results.i.p.last.eq(core.m_axis_tlast),
            core.m_axis_tready.eq(results.i.ready),
            sink.valid.eq(results.o.valid),
            sink.p.eq(results.o.p.data),
            results.o.ready.eq(sink.ready),
            block.frame_error.eq(core.frame_error),
        ]
        m.d.sync += block.frame_out.eq(sink.valid & sink.ready & results.o.p.last)

    def _judge(self, m, receiver, store, frames, replies, block, gate):
        """Let good frames go, drop bad ones; queue what else the host shall hear."""
        verdict = receiver.o_verdict
        good, is_frame, keeps, refused = Signal(), Signal(), Signal(), Signal()
        passes = verdict.valid & (verdict.p.error == 0)
        m.d.comb += [
            receiver.room.eq(store.room & frames.i.ready),
            verdict.ready.eq(1),
            good.eq(passes & ~refused),
            is_frame.eq(good & (verdict.p.kind == Kind.FRAME)),
            keeps.eq(is_frame),
            store.commit.eq(keeps),
            store.rollback.eq(verdict.valid & ~keeps),
            frames.i.valid.eq(is_frame),
            frames.i.p.eq(verdict.p.seq),
            replies.i.valid.eq(verdict.valid & ~is_frame),
            replies.i.p.eq(verdict.p),
            block.w_en.eq(good & (verdict.p.kind == Kind.RESET)),
            block.w_address.eq(self.registers["CONTROL"].address // WORD_BYTES),
            block.w_data.eq(1),
            self.heard.eq(good),
            self.failed.eq(verdict.valid & ~good),
        ]
        # Counters need not know in the same cycle, and would make long paths of it.
        m.d.sync += [
            block.frame_in.eq(is_frame),
            block.link_error.eq(self.failed | self.link_error),
        ]
        if gate is None:
            return
        is_weights = passes & (verdict.p.kind == Kind.WEIGHTS)
        early = passes & (verdict.p.kind == Kind.FRAME) & ~gate.complete
        m.d.comb += [
            gate.seq.eq(verdict.p.seq),
            gate.taken.eq(is_weights & gate.is_next),
            keeps.eq(is_frame | gate.taken),
            refused.eq(early | (is_weights & ~gate.is_next & ~gate.is_old)),
        ]
        with m.If(refused):
            m.d.comb += replies.i.p.error.eq(ErrorCode.ORDER)
