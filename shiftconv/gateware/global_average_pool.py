"""Mean over the image, as a stream."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape, beat_layout, n_beats
from shiftconv.gateware.buffer_memory import buffer_memory
from shiftconv.gateware.family import family_of
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.quotient import Quotient

__all__ = ["GlobalAveragePool"]


class GlobalAveragePool(wiring.Component):
    """Correctly rounded mean of each channel: ``round_half_even(sum / n_pixels)``.

    The means leave while the last pixel comes in. Latency 4 cycles, throughput one beat per cycle.

    Parameters
    ----------
    act_format : ActFormat
    channels : int
    par : int
        Channels per beat.
    n_pixels : int
        Pixels per frame.
    kind : {"block", "lut", "big"}, optional
        What a memory of sums is made of.

    Members
    -------
    i, o : stream.Signature(beat_layout(act_shape(act_format), par))
    """

    def __init__(
        self,
        *,
        act_format: ActFormat,
        channels: int,
        par: int,
        n_pixels: int,
        kind: MemoryKind | None = None,
    ):
        self.act_format = act_format
        self.channels = channels
        self.par = par
        self.n_pixels = n_pixels
        self.kind = kind
        beat = beat_layout(act_shape(act_format), par)
        super().__init__({"i": In(stream.Signature(beat)), "o": Out(stream.Signature(beat))})

    def elaborate(self, platform):
        m = Module()
        fmt = self.act_format
        n_groups = n_beats(self.channels, self.par)
        quotients = [
            Quotient(
                lo=self.n_pixels * fmt.lo, hi=self.n_pixels * fmt.hi, divisors=(self.n_pixels,)
            )
            for _ in range(self.par)
        ]
        sums_layout = data.ArrayLayout(signed(quotients[0].sum_width), self.par)
        advance = Signal()
        group, pixel = Signal(range(n_groups)), Signal(range(self.n_pixels))
        m.d.comb += self.i.ready.eq(advance)
        with m.If(advance & self.i.valid):
            m.d.sync += group.eq(Mux(group == n_groups - 1, 0, group + 1))
            with m.If(group == n_groups - 1):
                m.d.sync += pixel.eq(Mux(pixel == self.n_pixels - 1, 0, pixel + 1))

        # The beat beside its channels' sums so far.
        taken, starts, ends = Signal(), Signal(reset_less=True), Signal(reset_less=True)
        place = Signal.like(group, reset_less=True)
        acts = Signal(data.ArrayLayout(act_shape(fmt), self.par), reset_less=True)
        with m.If(advance):
            m.d.sync += [
                taken.eq(self.i.valid),
                starts.eq(pixel == 0),
                ends.eq(pixel == self.n_pixels - 1),
                place.eq(group),
                acts.eq(self.i.p.data),
            ]
        before, after = Signal(sums_layout), Signal(sums_layout)
        for n in range(self.par):
            m.d.comb += after[n].eq(Mux(starts, 0, before[n]) + acts[n])
        self._keep(m, advance, taken, group, place, before, after, family_of(platform))

        m.submodules.marker = marker = FrameMarker(
            shape=act_shape(fmt), channels=self.channels, par=self.par, n_pixels=1
        )
        leader = quotients[0]
        m.d.comb += [
            advance.eq(~(taken & ends) | leader.i.ready),
            marker.i.valid.eq(leader.o.valid),
        ]
        for n, quotient in enumerate(quotients):
            m.submodules[f"quotient{n}"] = quotient
            m.d.comb += [
                quotient.i.valid.eq(taken & ends),
                quotient.i.p.sum.eq(after[n]),
                quotient.o.ready.eq(marker.i.ready),
                marker.i.p[n].eq(quotient.o.p),
            ]
        wiring.connect(m, marker.o, wiring.flipped(self.o))
        return m

    def _keep(self, m, advance, taken, group, place, before, after, family):
        """Sums of all groups of channels: a register if there is one, else a memory."""
        if n_beats(self.channels, self.par) == 1:
            with m.If(advance & taken):
                m.d.sync += before.eq(after)
            return
        m.submodules.sums = mem = buffer_memory(
            shape=len(before.as_value()),
            depth=n_beats(self.channels, self.par),
            kind=self.kind,
            family=family,
        )
        read = mem.read_port()
        write = mem.write_port()
        m.d.comb += [
            read.addr.eq(group),
            read.en.eq(advance),
            before.eq(read.data),
            write.addr.eq(place),
            write.data.eq(after),
            write.en.eq(advance & taken),
        ]
