"""Bytes to the beats of an AXI4-Stream, and back."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["BeatsToBytes", "BytesToBeats"]


class BytesToBeats(wiring.Component):
    """Gather bytes to beats, the first lowest, and mark the last beat of each frame.

    Latency 1 cycle, a byte a cycle.

    Parameters
    ----------
    beat_bytes : int
        Bytes of a beat.
    frame_bytes : int
        Bytes of a frame, a multiple of ``beat_bytes``.

    Members
    -------
    i : In(stream.Signature(8))
    o : Out(stream.Signature(StructLayout({"data": 8 * beat_bytes, "last": 1})))
    """

    def __init__(self, *, beat_bytes: int, frame_bytes: int):
        if beat_bytes < 1 or frame_bytes < 1 or frame_bytes % beat_bytes:
            raise ValueError(
                f"A frame must be a number of whole beats, not {frame_bytes!r} bytes in beats of "
                f"{beat_bytes!r}"
            )
        self.beat_bytes = beat_bytes
        self.frame_bytes = frame_bytes
        beat = data.StructLayout({"data": 8 * beat_bytes, "last": 1})
        super().__init__({"i": In(stream.Signature(8)), "o": Out(stream.Signature(beat))})

    def elaborate(self, platform):
        m = Module()
        n_beats = self.frame_bytes // self.beat_bytes
        place, beat = Signal(range(self.beat_bytes)), Signal(range(n_beats))
        ends_beat, ends_frame = place == self.beat_bytes - 1, beat == n_beats - 1
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                self.o.p.data.eq(Cat(self.o.p.data, self.i.p)[8:]),
                self.o.p.last.eq(ends_frame),
                self.o.valid.eq(ends_beat),
                place.eq(Mux(ends_beat, 0, place + 1)),
            ]
            with m.If(ends_beat):
                m.d.sync += beat.eq(Mux(ends_frame, 0, beat + 1))
        return m


class BeatsToBytes(wiring.Component):
    """The bytes of beats, the lowest first. Latency 1 cycle, a byte a cycle.

    Parameters
    ----------
    beat_bytes : int

    Members
    -------
    i : In(stream.Signature(8 * beat_bytes))
    o : Out(stream.Signature(8))
    """

    def __init__(self, *, beat_bytes: int):
        if beat_bytes < 1:
            raise ValueError(f"A beat must have at least one byte, not {beat_bytes!r}")
        self.beat_bytes = beat_bytes
        super().__init__({"i": In(stream.Signature(8 * beat_bytes)), "o": Out(stream.Signature(8))})

    def elaborate(self, platform):
        m = Module()
        held = Signal(8 * self.beat_bytes, reset_less=True)
        left = Signal(range(self.beat_bytes + 1))
        m.d.comb += [
            self.o.valid.eq(left != 0),
            self.o.p.eq(held),
            self.i.ready.eq((left == 0) | ((left == 1) & self.o.ready)),
        ]
        with m.If(self.i.ready):
            m.d.sync += [held.eq(self.i.p), left.eq(Mux(self.i.valid, self.beat_bytes, 0))]
        with m.Elif(self.o.ready):
            m.d.sync += [held.eq(held >> 8), left.eq(left - 1)]
        return m
