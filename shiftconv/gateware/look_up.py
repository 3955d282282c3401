"""A function of each activation, as a table."""

import numpy as np
from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from numpy.typing import NDArray

from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape, beat_layout, n_beats
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.memory_kind import AUTOMATIC, MemoryKinds
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.rom import Rom

__all__ = ["LookUp"]


class LookUp(wiring.Component):
    """Replace every activation by its entry in a table.

    Latency 1 cycle, throughput one beat per cycle.

    Parameters
    ----------
    in_format, out_format : ActFormat
    table : ndarray of int64, shape (2**width,) or (channels, 2**width)
        Output for each bit pattern of the input.
    channels : int
    par : int
        Channels per beat.
    n_pixels : int
        Pixels per frame.
    kinds : mapping, optional
        Of its memories: tables, short_tables.

    Members
    -------
    i : In(stream.Signature(beat_layout(act_shape(in_format), par)))
    o : Out(stream.Signature(beat_layout(act_shape(out_format), par)))
    """

    def __init__(
        self,
        *,
        in_format: ActFormat,
        out_format: ActFormat,
        table: NDArray[np.int64],
        channels: int,
        par: int,
        n_pixels: int,
        kinds: MemoryKinds = AUTOMATIC,
    ):
        self.in_format = in_format
        self.out_format = out_format
        self.table = table
        self.channels = channels
        self.par = par
        self.n_pixels = n_pixels
        self.kinds = kinds
        super().__init__(
            {
                "i": In(stream.Signature(beat_layout(act_shape(in_format), par))),
                "o": Out(stream.Signature(beat_layout(act_shape(out_format), par))),
            }
        )

    @staticmethod
    def memories(
        table: NDArray[np.int64], out_width: int, channels: int, par: int
    ) -> tuple[MemoryShape, ...]:
        """A table for each lane; if channels differ, those of all its channels in one memory, which
        is shorter in the lanes that the last beat leaves idle."""
        size = table.shape[-1]
        most = n_beats(channels, par) if table.ndim == 2 else 1
        n_short = -channels % par if table.ndim == 2 else 0
        lanes = [("tables", most, par - n_short), ("short_tables", most - 1, n_short)]
        return tuple(
            MemoryShape(depth=n * size, width=out_width, fixed=True, count=count, name=name)
            for name, n, count in lanes
            if n * count
        )

    @staticmethod
    def contents(
        table: NDArray[np.int64], out_width: int, channels: int, par: int
    ) -> list[tuple[MemoryShape, list[int]]]:
        """Which of :meth:`memories` each lane has, and its words."""
        shapes = LookUp.memories(table, out_width, channels, par)
        lanes = [shape for shape in shapes for _ in range(shape.count)]
        tables = table[:channels] if table.ndim == 2 else table[np.newaxis].repeat(par, axis=0)
        words = [(tables[lane::par] % 2**out_width).ravel().tolist() for lane in range(par)]
        return list(zip(lanes, words, strict=True))

    def elaborate(self, platform):
        m = Module()
        n_groups = n_beats(self.channels, self.par)
        per_channel = self.table.ndim == 2
        m.submodules.marker = marker = FrameMarker(
            shape=act_shape(self.out_format),
            channels=self.channels,
            par=self.par,
            n_pixels=self.n_pixels,
        )
        advance = Signal()
        group = Signal(range(n_groups))
        m.d.comb += [
            advance.eq(~marker.i.valid | marker.i.ready),
            self.i.ready.eq(advance),
        ]
        valid = Signal()
        m.d.comb += marker.i.valid.eq(valid)
        with m.If(advance):
            m.d.sync += valid.eq(self.i.valid)
            with m.If(self.i.valid):
                m.d.sync += group.eq(Mux(group == n_groups - 1, 0, group + 1))
        lanes = self.contents(self.table, self.out_format.width, self.channels, self.par)
        for lane, (shape, words) in enumerate(lanes):
            m.submodules[f"table{lane}"] = table = Rom(
                width=shape.width,
                depth=shape.depth,
                words=words,
                kind=self.kinds.get(shape.name),
            )
            value = Value.cast(self.i.p.data[lane]).as_unsigned()
            m.d.comb += [
                table.address.eq(Cat(value, group) if per_channel else value),
                table.en.eq(advance),
                Value.cast(marker.i.p[lane]).eq(table.data),
            ]
        wiring.connect(m, marker.o, wiring.flipped(self.o))
        return m
