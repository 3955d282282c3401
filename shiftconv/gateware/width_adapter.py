"""Change how many channels travel in a beat."""

from math import gcd

from amaranth.hdl import Module, Shape, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.beat import beat_layout, n_beats

__all__ = ["WidthAdapter"]


class WidthAdapter(wiring.Component):
    """Regroup the channels of each pixel from ``in_par`` to ``out_par`` per beat.

    Order is kept; idle lanes of a pixel's last beat carry zero. Latency 1 cycle (none if the
    widths are equal, 2 if neither divides the other), throughput as :meth:`cycles` says.

    Parameters
    ----------
    shape : ShapeLike
        One channel.
    channels : int
        Channels per pixel.
    in_par, out_par : int

    Members
    -------
    i : In(stream.Signature(beat_layout(shape, in_par)))
    o : Out(stream.Signature(beat_layout(shape, out_par)))
    """

    def __init__(self, *, shape, channels: int, in_par: int, out_par: int):
        if min(channels, in_par, out_par) < 1:
            raise ValueError(
                f"Channels and parallelism must be positive integers, "
                f"not {channels} channels from {in_par} to {out_par} per beat"
            )
        self.shape = Shape.cast(shape)
        self.channels = channels
        self.in_par = in_par
        self.out_par = out_par
        super().__init__(
            {
                "i": In(stream.Signature(beat_layout(self.shape, in_par))),
                "o": Out(stream.Signature(beat_layout(self.shape, out_par))),
            }
        )

    @staticmethod
    def cycles(channels: int, in_par: int, out_par: int) -> int:
        """Cycles per pixel: the beats on the narrowest of the two sides and, between them, the
        greatest common divisor."""
        return n_beats(channels, gcd(in_par, out_par))

    def elaborate(self, platform):
        m = Module()
        if self.in_par == self.out_par:
            wiring.connect(m, wiring.flipped(self.i), wiring.flipped(self.o))
        elif self.in_par % self.out_par == 0:
            self._narrow(m)
        elif self.out_par % self.in_par == 0:
            self._widen(m)
        else:
            unit = gcd(self.in_par, self.out_par)
            common = {"shape": self.shape, "channels": self.channels}
            m.submodules.narrow = narrow = WidthAdapter(in_par=self.in_par, out_par=unit, **common)
            m.submodules.widen = widen = WidthAdapter(in_par=unit, out_par=self.out_par, **common)
            wiring.connect(m, wiring.flipped(self.i), narrow.i)
            wiring.connect(m, narrow.o, widen.i)
            wiring.connect(m, widen.o, wiring.flipped(self.o))
        return m

    def _narrow(self, m):
        """Take a wide beat into a shift register; its low end is the output."""
        ratio = self.in_par // self.out_par
        n_in = n_beats(self.channels, self.in_par)
        n_last = n_beats(self.channels - (n_in - 1) * self.in_par, self.out_par)
        held = Signal(data.ArrayLayout(self.shape, self.in_par), reset_less=True)
        last = Signal(reset_less=True)
        left = Signal(range(ratio + 1))
        index = Signal(range(n_in))

        step = self.out_par * self.shape.width
        m.d.comb += [
            self.o.valid.eq(left != 0),
            Value.cast(self.o.p.data).eq(Value.cast(held)[:step]),
            self.o.p.last.eq(last & (left == 1)),
            self.i.ready.eq((left == 0) | ((left == 1) & self.o.ready)),
        ]
        with m.If(self.i.ready & self.i.valid):
            m.d.sync += [
                held.eq(self.i.p.data),
                last.eq(self.i.p.last),
                left.eq(ratio),
                index.eq(index + 1),
            ]
            with m.If(index == n_in - 1):
                m.d.sync += [left.eq(n_last), index.eq(0)]
        with m.Elif(self.o.valid & self.o.ready):
            m.d.sync += [left.eq(left - 1), Value.cast(held).eq(Value.cast(held) >> step)]

    def _widen(self, m):
        """Collect narrow beats; the wide one leaves when it is full or the pixel ends."""
        ratio = self.out_par // self.in_par
        n_in = n_beats(self.channels, self.in_par)
        slot = Signal(range(ratio))
        index = Signal(range(n_in))
        ends = Signal()
        m.d.comb += [
            ends.eq((slot == ratio - 1) | (index == n_in - 1)),
            self.i.ready.eq(~self.o.valid | self.o.ready),
        ]
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid & ends)
        with m.If(self.i.ready & self.i.valid):
            m.d.sync += [slot.eq(slot + 1), index.eq(index + 1), self.o.p.last.eq(self.i.p.last)]
            with m.If(ends):
                m.d.sync += slot.eq(0)
            with m.If(index == n_in - 1):
                m.d.sync += index.eq(0)
            for place in range(ratio):
                for lane in range(self.in_par):
                    target = self.o.p.data[place * self.in_par + lane]
                    with m.If(slot == place):
                        m.d.sync += target.eq(self.i.p.data[lane])
                    with m.Elif(slot == 0):
                        m.d.sync += target.eq(0)
