"""The mark on a frame's last beat, and zero in the lanes that have no channel."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.beat import beat_layout, n_beats

__all__ = ["FrameMarker"]


class FrameMarker(wiring.Component):
    """Count beats: mark each frame's last one, and clear the idle lanes of each pixel's last beat.

    Combinational, one beat per cycle.

    Parameters
    ----------
    shape : ShapeLike
        One channel.
    channels : int
        Channels per pixel.
    par : int
        Channels per beat.
    n_pixels : int
        Pixels per frame.

    Members
    -------
    i : In(stream.Signature(ArrayLayout(shape, par)))
    o : Out(stream.Signature(beat_layout(shape, par)))
    """

    def __init__(self, *, shape, channels: int, par: int, n_pixels: int):
        self.shape = Shape.cast(shape)
        self.channels = channels
        self.par = par
        self.n_pixels = n_pixels
        super().__init__(
            {
                "i": In(stream.Signature(data.ArrayLayout(self.shape, par))),
                "o": Out(stream.Signature(beat_layout(self.shape, par))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        n_groups = n_beats(self.channels, self.par)
        n_used = self.channels - (n_groups - 1) * self.par
        group, pixel = Signal(range(n_groups)), Signal(range(self.n_pixels))
        ends_pixel, ends_frame = group == n_groups - 1, pixel == self.n_pixels - 1
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += group.eq(Mux(ends_pixel, 0, group + 1))
            with m.If(ends_pixel):
                m.d.sync += pixel.eq(Mux(ends_frame, 0, pixel + 1))
        m.d.comb += [
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready),
            self.o.p.last.eq(ends_pixel & ends_frame),
        ]
        for n in range(self.par):
            idle = ends_pixel if n >= n_used else 0
            m.d.comb += self.o.p.data[n].eq(Mux(idle, 0, self.i.p[n]))
        return m
