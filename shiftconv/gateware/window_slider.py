"""A window that slides over columns, one step a column."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.geometry import Geometry
from shiftconv.gateware.beat import repeated
from shiftconv.gateware.buffer_memory import buffer_memory
from shiftconv.gateware.family import family_of
from shiftconv.gateware.line_buffer import words_layout
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.read_order import SlidingSteps

__all__ = ["WindowSlider"]


class WindowSlider(wiring.Component):
    """Collect columns into windows, and give each whole window, padding filled in.

    Takes each image column once per row of windows (``ReadOrder.scan``), ``n_words`` words a
    column. The last columns are kept in a shift register, or, for several words a column, in a
    small memory. Windows that reach over the right edge are finished while the next row's first
    columns come in, so that padding costs no cycle; when no next row is there, they are finished
    without it. Latency 2 cycles, throughput one word per cycle.

    Parameters
    ----------
    geometry : Geometry
    n_words : int
        Words per column; a window leaves in as many.
    act : ShapeLike
    in_par : int
        Channels per word.
    fill : int
        Value of the padding.
    kind : {"block", "lut", "big"}, optional
        What a memory of columns is made of.

    Members
    -------
    i : In(stream.Signature(words_layout(act, k_h * in_par)))
        Once the first word of a row is there, the rest must follow without waiting for a later row.
    o : Out(stream.Signature(words_layout(act, k_h * k_w * in_par)))
        Kernel rows, top first; columns within, left first; channels within.
    """

    def __init__(
        self,
        *,
        geometry: Geometry,
        n_words: int,
        act,
        in_par: int,
        fill: int = 0,
        kind: MemoryKind | None = None,
    ):
        self.geometry = geometry
        self.n_words = n_words
        self.act = Shape.cast(act)
        self.in_par = in_par
        self.fill = fill
        self.kind = kind
        self.steps = SlidingSteps(geometry)
        k_h, k_w = geometry.kernel
        self.column_width = k_h * in_par * self.act.width
        super().__init__(
            {
                "i": In(stream.Signature(words_layout(self.act, k_h * in_par))),
                "o": Out(stream.Signature(words_layout(self.act, k_h * k_w * in_par))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        advance, step = Signal(), Signal()
        word = Signal(range(self.n_words))
        emits, inside = Signal(), Signal(self.geometry.kernel[1])
        m.d.comb += advance.eq(~self.o.valid | self.o.ready)
        self._control(m, advance, step, word, emits, inside)
        with m.If(step):
            m.d.sync += word.eq(Mux(word == self.n_words - 1, 0, word + 1))

        # Second stage: the new column beside the older ones.
        newest = Signal(self.column_width, reset_less=True)
        stepped, emitting = Signal(), Signal()
        shown = Signal.like(inside, reset_less=True)
        slot = Signal.like(word, reset_less=True)
        with m.If(advance):
            m.d.sync += [
                newest.eq(self.i.p.data),
                stepped.eq(step),
                emitting.eq(step & emits),
                shown.eq(inside),
                slot.eq(word),
            ]
        family = family_of(platform)
        older = self._older(m, advance, stepped, newest, family, read=word, write=slot)

        # Third stage: the window, masked where it reaches over an edge.
        with m.If(advance):
            m.d.sync += [
                self.o.valid.eq(emitting),
                self.o.p.first.eq(slot == 0),
                self.o.p.last.eq(slot == self.n_words - 1),
            ]
            self._emit(m, [*older, newest], shown)
        return m

    def _control(self, m, advance, step, word, emits, inside):
        """Decide what the present step is: a column of this row, one past the last row's edge, or
        both at once."""
        geo, steps = self.geometry, self.steps
        k_w, stride = geo.kernel[1], geo.stride[1]
        column = Signal(range(steps.n_columns))
        until = Signal(range(max(steps.n_preload, stride - 1) + 1), init=steps.n_preload)
        pending = Signal(range(steps.n_pending + 1))
        joined = Signal()
        loads, may_share = Signal(), Signal()

        # Within a step, every word does as the first did.
        m.d.comb += may_share.eq((pending != 0) & (pending <= steps.n_shared))
        with m.If(word != 0):
            m.d.comb += [loads.eq(joined), step.eq(advance & (self.i.valid | ~joined))]
        with m.Elif(pending == 0):
            m.d.comb += [loads.eq(1), step.eq(advance & self.i.valid)]
        with m.Elif(may_share & (self.i.valid | (column != 0))):
            m.d.comb += [loads.eq(1), step.eq(advance & self.i.valid)]
        with m.Else():
            m.d.comb += step.eq(advance)
        m.d.comb += self.i.ready.eq(step & loads)

        finished = step & (word == self.n_words - 1)
        with m.If(step):
            m.d.sync += joined.eq(loads)
        with m.If(finished):
            with m.If(pending != 0):
                m.d.sync += pending.eq(pending - 1)
            with m.If(loads):
                m.d.sync += [
                    column.eq(column + 1),
                    until.eq(Mux(until == 0, stride - 1, until - 1)),
                ]
                with m.If(column == steps.n_columns - 1):
                    m.d.sync += [
                        column.eq(0),
                        until.eq(steps.n_preload),
                        pending.eq(steps.n_pending),
                    ]

        with m.If(pending == 0):
            m.d.comb += [emits.eq(until == 0), inside.eq(2**k_w - 1)]
            with m.Switch(column):
                for newest in range(min(k_w - 1, steps.n_columns)):
                    with m.Case(newest):
                        m.d.comb += inside.eq(self._inside(newest))
        with m.Switch(pending):
            for left in range(1, steps.n_pending + 1):
                newest = geo.width + steps.n_pending - left
                past_first = newest - steps.n_preload
                with m.Case(left):
                    m.d.comb += [
                        emits.eq(past_first >= 0 and past_first % stride == 0),
                        inside.eq(self._inside(newest)),
                    ]

    def _inside(self, newest):
        """Bit ``j`` is set if window column ``j`` lies in the image when ``newest`` is the last."""
        k_w = self.geometry.kernel[1]
        columns = range(newest - k_w + 1, newest + 1)
        return sum(1 << j for j, x in enumerate(columns) if 0 <= x < self.geometry.width)

    def _older(self, m, advance, stepped, newest, family, read, write):
        """The columns before the newest, oldest first."""
        n_older = self.geometry.kernel[1] - 1
        if n_older == 0:
            return []
        older = Signal(n_older * self.column_width, reset_less=True)
        shifted = Cat(older, newest)[self.column_width :]
        if self.n_words == 1:
            with m.If(advance & stepped):
                m.d.sync += older.eq(shifted)
        else:
            m.submodules.columns = columns = buffer_memory(
                shape=len(older), depth=self.n_words, kind=self.kind, family=family
            )
            port = columns.read_port()
            store = columns.write_port()
            m.d.comb += [
                port.addr.eq(read),
                port.en.eq(advance),
                older.eq(port.data),
                store.addr.eq(write),
                store.data.eq(shifted),
                store.en.eq(advance & stepped),
            ]
        return [older.word_select(n, self.column_width) for n in range(n_older)]

    def _emit(self, m, columns, shown):
        """Assign the output register, turning columns of rows into rows of columns."""
        k_h, k_w = self.geometry.kernel
        width = self.in_par * self.act.width
        padding = repeated(self.fill, self.act, self.in_par)
        window = self.o.p.data.as_value()
        for j, column in enumerate(columns):
            with m.If(shown[j]):
                for i in range(k_h):
                    values = window.word_select(i * k_w + j, width)
                    m.d.sync += values.eq(column.word_select(i, width))
            with m.Else():
                for i in range(k_h):
                    m.d.sync += window.word_select(i * k_w + j, width).eq(padding)
