"""Some channels of a stream."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.beat import beat_layout, n_beats
from shiftconv.gateware.frame_marker import FrameMarker

__all__ = ["ChannelSlice"]


class ChannelSlice(wiring.Component):
    """Keep channels ``start`` to ``stop`` of each pixel, drop the others. Combinational.

    Parameters
    ----------
    shape : ShapeLike
        One channel.
    channels : int
    start, stop : int
        ``par`` divides ``start``, and divides ``stop`` unless that is ``channels``.
    par : int
        Channels per beat.
    n_pixels : int
        Pixels per frame.

    Members
    -------
    i, o : stream.Signature(beat_layout(shape, par))
    """

    def __init__(self, *, shape, channels: int, start: int, stop: int, par: int, n_pixels: int):
        if start % par or (stop % par and stop != channels):
            raise ValueError(
                f"{par} channels per beat must divide the slice's ends, not {start} and {stop}"
            )
        self.shape = Shape.cast(shape)
        self.channels = channels
        self.start = start
        self.stop = stop
        self.par = par
        self.n_pixels = n_pixels
        beat = beat_layout(self.shape, par)
        super().__init__({"i": In(stream.Signature(beat)), "o": Out(stream.Signature(beat))})

    def elaborate(self, platform):
        m = Module()
        n_groups = n_beats(self.channels, self.par)
        group = Signal(range(n_groups))
        kept = (group >= self.start // self.par) & (group < n_beats(self.stop, self.par))
        m.submodules.marker = marker = FrameMarker(
            shape=self.shape,
            channels=self.stop - self.start,
            par=self.par,
            n_pixels=self.n_pixels,
        )
        m.d.comb += [
            marker.i.valid.eq(self.i.valid & kept),
            marker.i.p.eq(self.i.p.data),
            self.i.ready.eq(marker.i.ready | ~kept),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += group.eq(Mux(group == n_groups - 1, 0, group + 1))
        wiring.connect(m, marker.o, wiring.flipped(self.o))
        return m
