"""What an accelerator has around its stages."""

from amaranth.hdl import Module, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.frame_guard import FrameGate, FrameGuard
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.stream_buffer import StreamBuffer
from shiftconv.gateware.stream_queue import StreamQueue

__all__ = ["Shell"]


class Shell(wiring.Component):
    """Guard, marker, gate and verdicts of a :class:`shiftconv.accelerator.Dataflow` by themselves.

    Parameters
    ----------
    in_beat, out_beat : StructLayout
        Of the accelerator's input and output.
    channels, par, n_pixels : int
        Of the input.
    verdict_depth : int
    kind : {"block", "lut", "big"}
        What the verdicts' memory is made of.

    Members
    -------
    i, o_stages : stream.Signature(in_beat)
    i_stages, o : stream.Signature(out_beat)
    frame_error : Out(1)
    """

    def __init__(self, *, in_beat, out_beat, channels, par, n_pixels, verdict_depth, kind):
        self.in_beat, self.out_beat = in_beat, out_beat
        self.channels, self.par, self.n_pixels = channels, par, n_pixels
        self.verdict_depth, self.kind = verdict_depth, kind
        super().__init__(
            {
                "i": In(stream.Signature(in_beat)),
                "o_stages": Out(stream.Signature(in_beat)),
                "i_stages": In(stream.Signature(out_beat)),
                "o": Out(stream.Signature(out_beat)),
                "frame_error": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        n_groups = -(-self.channels // self.par)
        m.submodules.guard = guard = FrameGuard(
            shape=self.in_beat, n_beats=self.n_pixels * n_groups
        )
        m.submodules.marker = marker = FrameMarker(
            shape=self.in_beat["data"].shape.elem_shape,
            channels=self.channels,
            par=self.par,
            n_pixels=self.n_pixels,
        )
        m.submodules.verdicts = verdicts = StreamQueue(
            shape=1, depth=self.verdict_depth, kind=self.kind
        )
        m.submodules.room = room = StreamBuffer(shape=self.out_beat)
        m.submodules.gate = gate = FrameGate(shape=self.out_beat)
        wiring.connect(m, wiring.flipped(self.i), guard.i)
        wiring.connect(m, marker.o, wiring.flipped(self.o_stages))
        wiring.connect(m, wiring.flipped(self.i_stages), room.i)
        wiring.connect(m, room.o, gate.i)
        wiring.connect(m, gate.o, wiring.flipped(self.o))
        wiring.connect(m, guard.o_verdict, verdicts.i)
        wiring.connect(m, verdicts.o, gate.i_verdict)
        m.d.comb += [
            self.frame_error.eq(guard.frame_error),
            marker.i.valid.eq(guard.o.valid),
            Value.cast(marker.i.p).eq(Value.cast(guard.o.p.data)),
            guard.o.ready.eq(marker.i.ready),
        ]
        return m
