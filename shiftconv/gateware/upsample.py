"""Each pixel several times, as a stream."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.beat import beat_layout, n_beats
from shiftconv.gateware.buffer_memory import buffer_memory
from shiftconv.gateware.family import family_of
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.read_order import ReadOrder
from shiftconv.gateware.row_schedule import HANDSHAKE_CYCLES
from shiftconv.gateware.window_walk import WindowWalk

__all__ = ["Upsample"]


class Upsample(wiring.Component):
    """Nearest neighbour: every pixel becomes ``factor`` by ``factor`` pixels.

    Rows are kept in memory and read ``factor`` times. Throughput one output beat per cycle.

    Parameters
    ----------
    height, width, channels : int
        Of the input.
    factor : int
    shape : ShapeLike
        One channel.
    par : int
        Channels per beat.
    kind : {"block", "lut", "big"}, optional
        What its memory is made of.

    Members
    -------
    i, o : stream.Signature(beat_layout(shape, par))
    """

    def __init__(
        self,
        *,
        height: int,
        width: int,
        channels: int,
        factor: int,
        shape,
        par: int,
        kind: MemoryKind | None = None,
    ):
        self.height = height
        self.width = width
        self.channels = channels
        self.factor = factor
        self.shape = Shape.cast(shape)
        self.par = par
        self.kind = kind
        beat = beat_layout(self.shape, par)
        super().__init__({"i": In(stream.Signature(beat)), "o": Out(stream.Signature(beat))})

    @staticmethod
    def n_rows(row_beats: int) -> int:
        """Rows kept: one being read, one being written, and some for the handshake's delay."""
        return 2 + -(-HANDSHAKE_CYCLES // row_beats)

    def elaborate(self, platform):
        m = Module()
        n_in = n_beats(self.channels, self.par)
        row_beats = self.width * n_in
        n_rows = self.n_rows(row_beats)
        m.submodules.rows = rows = buffer_memory(
            shape=self.par * self.shape.width,
            depth=n_rows * row_beats,
            kind=self.kind,
            family=family_of(platform),
        )
        write = rows.write_port()
        read = rows.read_port()
        level = Signal(range(n_rows + 1))
        written, freed = Signal(), Signal()
        m.d.sync += level.eq(level + written - freed)

        # Rows come in as long as there is room.
        column = Signal(range(row_beats))
        m.d.comb += [
            self.i.ready.eq(level != n_rows),
            write.en.eq(self.i.valid & self.i.ready),
            write.data.eq(self.i.p.data),
            written.eq(write.en & (column == row_beats - 1)),
        ]
        with m.If(write.en):
            m.d.sync += [
                column.eq(Mux(written, 0, column + 1)),
                write.addr.eq(Mux(write.addr == n_rows * row_beats - 1, 0, write.addr + 1)),
            ]

        # Each pixel is read several times in a row, each row several times.
        order = ReadOrder(
            start=0,
            n_windows=self.width,
            window_step=n_in,
            n_passes=self.factor,
            pass_step=0,
            n_inner=n_in,
            inner_step=1,
        )
        m.submodules.walk = walk = WindowWalk(order=order, n_kernel_rows=1, n_rows=self.factor)
        advance, fetched = Signal(), Signal()
        base = Signal.like(read.addr)
        m.d.comb += [
            walk.step.eq(advance & (level != 0)),
            read.addr.eq(base + walk.offset),
            read.en.eq(advance),
            freed.eq(walk.ends_frame),
        ]
        with m.If(freed):
            m.d.sync += base.eq(Mux(base == (n_rows - 1) * row_beats, 0, base + row_beats))
        m.submodules.marker = marker = FrameMarker(
            shape=self.shape,
            channels=self.channels,
            par=self.par,
            n_pixels=self.height * self.width * self.factor**2,
        )
        m.d.comb += [
            advance.eq(~fetched | marker.i.ready),
            marker.i.valid.eq(fetched),
            marker.i.p.eq(read.data),
        ]
        with m.If(advance):
            m.d.sync += fetched.eq(walk.step)
        wiring.connect(m, marker.o, wiring.flipped(self.o))
        return m
