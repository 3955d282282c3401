"""Sum of streams."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape, beat_layout, in_names
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.quotient import signed_width
from shiftconv.gateware.requantize import Requantize

__all__ = ["Add"]


class Add(wiring.Component):
    """Add activations of several streams, their scales aligned, and round once.

    ``o = clamp(round_half_even(sum(i_k * 2**(frac - frac_k)) * 2**-(frac - out_format.frac)))``,
    ``frac`` being the inputs' largest. Latency 2 cycles, throughput one beat per cycle.

    Parameters
    ----------
    in_formats : tuple of ActFormat
    out_format : ActFormat
    channels : int
    par : int
        Channels per beat.
    n_pixels : int
        Pixels per frame.

    Members
    -------
    i, i_1, ... : In(stream.Signature(beat_layout(act_shape(in_format), par)))
    o : Out(stream.Signature(beat_layout(act_shape(out_format), par)))
    """

    def __init__(
        self,
        *,
        in_formats: tuple[ActFormat, ...],
        out_format: ActFormat,
        channels: int,
        par: int,
        n_pixels: int,
    ):
        self.in_formats = in_formats
        self.out_format = out_format
        self.channels = channels
        self.par = par
        self.n_pixels = n_pixels
        inputs = {
            name: In(stream.Signature(beat_layout(act_shape(fmt), par)))
            for name, fmt in zip(in_names(len(in_formats)), in_formats, strict=True)
        }
        out = beat_layout(act_shape(out_format), par)
        super().__init__({**inputs, "o": Out(stream.Signature(out))})

    def elaborate(self, platform):
        m = Module()
        sources = [getattr(self, name) for name in in_names(len(self.in_formats))]
        frac = max(fmt.frac for fmt in self.in_formats)
        lifts = [frac - fmt.frac for fmt in self.in_formats]
        lo = sum(fmt.lo << lift for fmt, lift in zip(self.in_formats, lifts, strict=True))
        hi = sum(fmt.hi << lift for fmt, lift in zip(self.in_formats, lifts, strict=True))
        acc_width = signed_width(lo, hi)
        shift = frac - self.out_format.frac
        units = [
            Requantize(
                acc_width=acc_width,
                out_format=self.out_format,
                shift_min=shift,
                shift_max=shift,
            )
            for _ in range(self.par)
        ]
        m.submodules.marker = marker = FrameMarker(
            shape=act_shape(self.out_format),
            channels=self.channels,
            par=self.par,
            n_pixels=self.n_pixels,
        )
        # All units do the same at the same time, so the first one's handshake is everyone's.
        leader = units[0]
        present = 1
        for source in sources:
            present = present & source.valid
        for source in sources:
            m.d.comb += source.ready.eq(present & leader.i.ready)
        for n, unit in enumerate(units):
            m.submodules[f"requantize{n}"] = unit
            total = sum(
                source.p.data[n] << lift for source, lift in zip(sources, lifts, strict=True)
            )
            m.d.comb += [
                unit.i.valid.eq(present),
                unit.i.p.acc.eq(total),
                unit.o.ready.eq(marker.i.ready),
                marker.i.p[n].eq(unit.o.p),
            ]
        m.d.comb += marker.i.valid.eq(leader.o.valid)
        wiring.connect(m, marker.o, wiring.flipped(self.o))
        return m
