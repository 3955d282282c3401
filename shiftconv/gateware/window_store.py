"""Two whole windows: one being read, one being filled."""

from amaranth.hdl import Module, Mux, Shape, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.line_buffer import words_layout

__all__ = ["WindowStore"]


class WindowStore(wiring.Component):
    """Gather the words of a window and give the whole window, ``repeat`` times.

    The next window is gathered meanwhile. Latency 1 cycle after a window's last word; throughput
    one window per ``max(n_pixels * ceil(channels / in_par), repeat)`` cycles.

    Parameters
    ----------
    n_pixels : int
        Pixels of the window.
    channels : int
    act : ShapeLike
    in_par : int
        Channels per word.
    repeat : int
        Folds over the output channels.

    Members
    -------
    i : In(stream.Signature(words_layout(act, in_par)))
    o : Out(stream.Signature(words_layout(act, n_pixels * channels)))
        ``first`` and ``last`` are both set: each transfer is a whole pass.
    """

    def __init__(self, *, n_pixels: int, channels: int, act, in_par: int, repeat: int):
        self.n_pixels = n_pixels
        self.channels = channels
        self.act = Shape.cast(act)
        self.in_par = in_par
        self.repeat = repeat
        super().__init__(
            {
                "i": In(stream.Signature(words_layout(self.act, in_par))),
                "o": Out(stream.Signature(words_layout(self.act, n_pixels * channels))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        n_words = self.n_pixels * n_beats(self.channels, self.in_par)
        gathered = Signal(self.n_pixels * self.channels * self.act.width, reset_less=True)
        full, leaves, hands_over = Signal(), Signal(), Signal()
        index = Signal(range(n_words))
        times = Signal(range(self.repeat))

        m.d.comb += [
            leaves.eq(self.o.valid & self.o.ready & (times == self.repeat - 1)),
            hands_over.eq(full & (~self.o.valid | leaves)),
            self.i.ready.eq(~full | hands_over),
            self.o.p.first.eq(1),
            self.o.p.last.eq(1),
        ]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += times.eq(Mux(leaves, 0, times + 1))
        with m.If(hands_over):
            m.d.sync += [self.o.valid.eq(1), self.o.p.data.eq(gathered)]
        with m.Elif(leaves):
            m.d.sync += self.o.valid.eq(0)

        taken = self.i.valid & self.i.ready
        ends = index == n_words - 1
        with m.If(taken):
            m.d.sync += index.eq(Mux(ends, 0, index + 1))
        with m.If(taken & ends):
            m.d.sync += full.eq(1)
        with m.Elif(hands_over):
            m.d.sync += full.eq(0)

        at = 0
        for n in range(n_words):
            beat = n % n_beats(self.channels, self.in_par)
            n_values = min(self.in_par, self.channels - beat * self.in_par)
            width = n_values * self.act.width
            with m.If(taken & (index == n)):
                m.d.sync += gathered[at : at + width].eq(self.i.p.data.as_value()[:width])
            at += width
        return m
