"""Counters that walk through the windows of an image."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.read_order import ReadOrder

__all__ = ["WindowWalk"]


class WindowWalk(wiring.Component):
    """Name the next word to read, one per step.

    Loops, the innermost first: words of a pass, kernel rows, passes, windows, rows of windows. The
    outputs tell the present word; ``step`` goes on to the next at the clock's edge.

    Parameters
    ----------
    order : ReadOrder
        Loops along an image row.
    n_kernel_rows : int
        Kernel rows that follow one another.
    n_rows : int
        Rows of windows.

    Members
    -------
    step : In(1)
    offset : Out(signed)
        Number of the word in its image row; outside of the row it is padding.
    kernel_row : Out(range(n_kernel_rows))
    row : Out(range(n_rows))
    first, last : Out(1)
        First and last word of a pass over a window, all its kernel rows included.
    ends_words, ends_pass, ends_row, ends_frame : Out(1)
        The present word is the last of its kernel row, pass, row of windows, frame, and ``step`` is
        high.
    """

    def __init__(self, *, order: ReadOrder, n_kernel_rows: int, n_rows: int):
        self.order = order
        self.n_kernel_rows = n_kernel_rows
        self.n_rows = n_rows
        reach = max(order.max_offset + order.window_step + order.pass_step + 1, -order.start)
        super().__init__(
            {
                "step": In(1),
                "offset": Out(signed(reach.bit_length() + 1), init=order.start),
                "kernel_row": Out(range(n_kernel_rows)),
                "row": Out(range(n_rows)),
                "first": Out(1),
                "last": Out(1),
                "ends_words": Out(1),
                "ends_pass": Out(1),
                "ends_row": Out(1),
                "ends_frame": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        order = self.order
        inner = Signal(range(order.n_inner))
        passes = Signal(range(order.n_passes))
        window = Signal(range(order.n_windows))
        ends_window = Signal()

        # Each counter moves when the one inside it ends.
        moves = self.step
        for counter, length, ends in [
            (inner, order.n_inner, self.ends_words),
            (self.kernel_row, self.n_kernel_rows, self.ends_pass),
            (passes, order.n_passes, ends_window),
            (window, order.n_windows, self.ends_row),
            (self.row, self.n_rows, self.ends_frame),
        ]:
            m.d.comb += ends.eq(moves & (counter == length - 1))
            with m.If(moves):
                m.d.sync += counter.eq(Mux(counter == length - 1, 0, counter + 1))
            moves = ends

        # The offset that the counters stand for, without a product.
        pass_start = Signal.like(self.offset)
        window_start = Signal.like(self.offset)
        with m.If(self.ends_row):
            m.d.sync += [s.eq(order.start) for s in (self.offset, pass_start, window_start)]
        with m.Elif(ends_window):
            following = window_start + order.window_step
            m.d.sync += [s.eq(following) for s in (self.offset, pass_start, window_start)]
        with m.Elif(self.ends_pass):
            following = pass_start + order.pass_step
            m.d.sync += [s.eq(following) for s in (self.offset, pass_start)]
        with m.Elif(self.ends_words):
            m.d.sync += self.offset.eq(pass_start)
        with m.Elif(self.step):
            m.d.sync += self.offset.eq(self.offset + order.inner_step)

        m.d.comb += [
            self.first.eq((inner == 0) & (self.kernel_row == 0)),
            self.last.eq(
                (inner == order.n_inner - 1) & (self.kernel_row == self.n_kernel_rows - 1)
            ),
        ]
        return m
