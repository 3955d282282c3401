"""Maximum over windows, as a stream."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from shiftconv.gateware.beat import act_shape, beat_layout
from shiftconv.gateware.channel_windows import ChannelWindows
from shiftconv.gateware.folding import PoolFolding
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.memory_kind import AUTOMATIC, MemoryKinds

__all__ = ["MaxPool"]


class MaxPool(wiring.Component):
    """Largest activation of each window and channel; padding never wins.

    Throughput: ``folding.cycles(geometry, channels)`` cycles per frame.

    Parameters
    ----------
    geometry : Geometry
    channels : int
    act_format : ActFormat
    folding : PoolFolding
    kinds : mapping, optional
        Of its memories: rows, columns.

    Members
    -------
    i, o : stream.Signature(beat_layout(act_shape(act_format), folding.in_par))
    """

    def __init__(
        self,
        *,
        geometry: Geometry,
        channels: int,
        act_format: ActFormat,
        folding: PoolFolding,
        kinds: MemoryKinds = AUTOMATIC,
    ):
        self.geometry = geometry
        self.channels = channels
        self.act_format = act_format
        self.folding = folding
        self.kinds = kinds
        beat = beat_layout(act_shape(act_format), folding.in_par)
        super().__init__({"i": In(stream.Signature(beat)), "o": Out(stream.Signature(beat))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.windows = windows = ChannelWindows(
            geometry=self.geometry,
            channels=self.channels,
            act_format=self.act_format,
            folding=self.folding,
            fill=self.act_format.lo,
            kinds=self.kinds,
        )
        wiring.connect(m, wiring.flipped(self.i), windows.i)
        m.submodules.marker = marker = FrameMarker(
            shape=act_shape(self.act_format),
            channels=self.channels,
            par=self.folding.in_par,
            n_pixels=self.geometry.out_height * self.geometry.out_width,
        )
        wiring.connect(m, marker.o, wiring.flipped(self.o))
        self._compare(m, windows.o, marker.i)
        return m

    def _compare(self, m, words, sink):
        """Compare what is there at once, then with the largest so far."""
        advance, found = Signal(), Signal()
        m.d.comb += [
            advance.eq(~found | sink.ready),
            words.ready.eq(advance),
            sink.valid.eq(found),
        ]
        with m.If(advance):
            m.d.sync += found.eq(words.valid & words.p.last)
        in_par = self.folding.in_par
        for channel in range(in_par):
            values = [
                words.p.data[n * in_par + channel]
                for n in range(self.folding.values(self.geometry))
            ]
            largest = Signal(act_shape(self.act_format), reset_less=True, name=f"largest{channel}")
            best = self._largest(m, values)
            with m.If(advance & words.valid & (words.p.first | (best > largest))):
                m.d.sync += largest.eq(best)
            m.d.comb += sink.p[channel].eq(largest)

    def _largest(self, m, values):
        """Tree of comparisons."""
        while len(values) > 1:
            joined = []
            for pair in zip(values[::2], values[1::2], strict=False):
                winner = Signal(act_shape(self.act_format))
                m.d.comb += winner.eq(Mux(pair[0] > pair[1], *pair))
                joined.append(winner)
            values = joined + values[len(joined) * 2 :]
        return values[0]
