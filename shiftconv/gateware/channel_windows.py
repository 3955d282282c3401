"""Windows of each channel by itself: what depthwise convolution and pooling begin with."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from shiftconv.gateware.beat import act_shape, beat_layout, n_beats
from shiftconv.gateware.folding import WHOLE_COLUMNS, PoolFolding
from shiftconv.gateware.line_buffer import LineBuffer, words_layout
from shiftconv.gateware.memory_kind import AUTOMATIC, MemoryKinds
from shiftconv.gateware.read_order import ReadOrder
from shiftconv.gateware.window_slider import WindowSlider

__all__ = ["ChannelWindows"]


class ChannelWindows(wiring.Component):
    """The windows of an image, one group of channels after the other.

    A window leaves in one pass per group of ``in_par`` channels, each of
    ``folding.window_folds(geometry)`` words. Throughput: ``folding.cycles(geometry, channels)``
    cycles per frame.

    Parameters
    ----------
    geometry : Geometry
    channels : int
    act_format : ActFormat
    folding : PoolFolding
    fill : int
        Value of the padding.
    kinds : mapping, optional
        Of its memories: rows, columns.

    Members
    -------
    i : In(stream.Signature(beat_layout(act_shape(act_format), in_par)))
    o : Out(stream.Signature(words_layout(act_shape(act_format), values * in_par)))
        ``folding.values(geometry)`` pixels, their channels within. ``first`` and ``last`` mark a
        pass.
    """

    def __init__(
        self,
        *,
        geometry: Geometry,
        channels: int,
        act_format: ActFormat,
        folding: PoolFolding,
        fill: int,
        kinds: MemoryKinds = AUTOMATIC,
    ):
        self.geometry = geometry
        self.channels = channels
        self.act_format = act_format
        self.folding = folding
        self.fill = fill
        self.kinds = kinds
        act, in_par = act_shape(act_format), folding.in_par
        words = words_layout(act, folding.values(geometry) * in_par)
        super().__init__(
            {"i": In(stream.Signature(beat_layout(act, in_par))), "o": Out(stream.Signature(words))}
        )

    def elaborate(self, platform):
        m = Module()
        n_in = n_beats(self.channels, self.folding.in_par)
        sliding = self.folding.mode == "sliding"
        common = {
            "geometry": self.geometry,
            "act": act_shape(self.act_format),
            "in_par": self.folding.in_par,
            "fill": self.fill,
        }
        m.submodules.line_buffer = line_buffer = LineBuffer(
            channels=self.channels,
            order=(ReadOrder.scan if sliding else ReadOrder.pooling)(self.geometry, n_in),
            whole_columns=self.folding.mode in WHOLE_COLUMNS,
            kind=self.kinds.get("rows"),
            **common,
        )
        wiring.connect(m, wiring.flipped(self.i), line_buffer.i)
        if not sliding:
            wiring.connect(m, line_buffer.o, wiring.flipped(self.o))
            return m
        m.submodules.slider = slider = WindowSlider(
            n_words=n_in, kind=self.kinds.get("columns"), **common
        )
        wiring.connect(m, line_buffer.o, slider.i)
        wiring.connect(m, slider.o, wiring.flipped(self.o))
        # Each word is the whole window of its channels.
        m.d.comb += [self.o.p.first.eq(1), self.o.p.last.eq(1)]
        return m
