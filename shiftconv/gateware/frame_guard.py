"""Keep frames of the wrong length out."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["FrameGate", "FrameGuard"]


class FrameGuard(wiring.Component):
    """Make every frame the right length, and say which ones were.

    A short frame is filled up with zeros, the surplus of a long one is dropped; either leaves with
    the verdict 0, a good one with 1. What lies between the guard and the :class:`FrameGate` thus
    sees only whole frames. Combinational; one beat per cycle.

    Parameters
    ----------
    shape : StructLayout
        Payload with a member ``last``.
    n_beats : int
        Beats per frame.

    Members
    -------
    i, o : stream.Signature(shape)
    o_verdict : Out(stream.Signature(1))
        One transfer per frame, offered together with its last beat; the two are taken each by
        itself.
    frame_error : Out(1)
        High for one cycle for each frame of the wrong length.
    """

    def __init__(self, *, shape, n_beats: int):
        if n_beats < 1:
            raise ValueError(f"Frame must have at least one beat, not {n_beats!r}")
        self.shape = shape
        self.n_beats = n_beats
        super().__init__(
            {
                "i": In(stream.Signature(shape)),
                "o": Out(stream.Signature(shape)),
                "o_verdict": Out(stream.Signature(1)),
                "frame_error": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        count = Signal(range(self.n_beats))
        filling, skipping = Signal(), Signal()
        ends = count == self.n_beats - 1

        # A beat is done once it has left, and so has the verdict beside the last one.
        present, go = Signal(), Signal()
        left, judged = Signal(), Signal()
        m.d.comb += [
            present.eq(filling | (self.i.valid & ~skipping)),
            self.o.valid.eq(present & ~left),
            self.o_verdict.valid.eq(present & ends & ~judged),
            self.o_verdict.p.eq(~filling & self.i.p.last),
            Value.cast(self.o.p).eq(Mux(filling, 0, Value.cast(self.i.p))),
            self.o.p.last.eq(ends),
            go.eq((self.o.ready | left) & (~ends | self.o_verdict.ready | judged)),
            self.i.ready.eq(skipping | (~filling & go)),
            self.frame_error.eq(present & ends & go & ~self.o_verdict.p),
        ]
        with m.If(present):
            m.d.sync += [
                left.eq((self.o.ready | left) & ~go),
                judged.eq(ends & (self.o_verdict.ready | judged) & ~go),
            ]
        with m.If(present & go):
            m.d.sync += count.eq(Mux(ends, 0, count + 1))
            with m.If(ends):
                m.d.sync += [filling.eq(0), skipping.eq(~filling & ~self.i.p.last)]
            with m.Elif(self.i.p.last):
                m.d.sync += filling.eq(1)
        with m.If(skipping & self.i.valid & self.i.p.last):
            m.d.sync += skipping.eq(0)
        return m


class FrameGate(wiring.Component):
    """Let a frame pass, or drop it, as its verdict says.

    Combinational; one beat per cycle. A frame waits for its verdict, so whatever leaves the stages
    before the verdict is known must find room in front of the gate.

    Parameters
    ----------
    shape : StructLayout
        Payload with a member ``last``.

    Members
    -------
    i, o : stream.Signature(shape)
    i_verdict : In(stream.Signature(1))
    """

    def __init__(self, *, shape):
        self.shape = shape
        super().__init__(
            {
                "i": In(stream.Signature(shape)),
                "i_verdict": In(stream.Signature(1)),
                "o": Out(stream.Signature(shape)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        good, known = self.i_verdict.p, self.i_verdict.valid
        m.d.comb += [
            self.o.p.eq(self.i.p),
            self.o.valid.eq(self.i.valid & known & good),
            self.i.ready.eq(known & (self.o.ready | ~good)),
            self.i_verdict.ready.eq(self.i.valid & self.i.ready & self.i.p.last),
        ]
        return m
