"""Channels of several streams, one after the other."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape, beat_layout, in_names
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.requantize import Requantize

__all__ = ["Concat"]


class Concat(wiring.Component):
    """For each pixel the channels of every input in turn, each input brought to one format.

    Latency 2 cycles, throughput one beat per cycle.

    Parameters
    ----------
    in_formats : tuple of ActFormat
    out_format : ActFormat
    channels : tuple of int
        Of each input; ``par`` divides them all.
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
        channels: tuple[int, ...],
        par: int,
        n_pixels: int,
    ):
        if any(count % par for count in channels):
            raise ValueError(f"{par} channels per beat must divide every input's, not {channels}")
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
        turn = Signal(range(len(self.channels)))
        beat = Signal(range(max(self.channels) // self.par))
        valid, ready = Signal(), Signal()
        values = Signal(data.ArrayLayout(act_shape(self.out_format), self.par))
        with m.Switch(turn):
            for k, name in enumerate(in_names(len(self.channels))):
                source = getattr(self, name)
                brought = self._bring(m, source, k)
                with m.Case(k):
                    ends = beat == self.channels[k] // self.par - 1
                    m.d.comb += [
                        valid.eq(brought.valid),
                        values.eq(brought.payload),
                        brought.ready.eq(ready),
                    ]
                    with m.If(valid & ready):
                        following = 0 if k == len(self.channels) - 1 else k + 1
                        m.d.sync += [
                            beat.eq(Mux(ends, 0, beat + 1)),
                            turn.eq(Mux(ends, following, k)),
                        ]
        m.submodules.marker = marker = FrameMarker(
            shape=act_shape(self.out_format),
            channels=sum(self.channels),
            par=self.par,
            n_pixels=self.n_pixels,
        )
        m.d.comb += [
            marker.i.valid.eq(valid),
            marker.i.p.eq(values),
            ready.eq(marker.i.ready),
        ]
        wiring.connect(m, marker.o, wiring.flipped(self.o))
        return m

    def _bring(self, m, source, k):
        """An input in the output's format, as a stream."""
        fmt = self.in_formats[k]
        layout = data.ArrayLayout(act_shape(self.out_format), self.par)
        out = stream.Signature(layout).create(path=(f"brought{k}",))
        if fmt == self.out_format:
            m.d.comb += [
                out.valid.eq(source.valid),
                out.payload.eq(source.p.data),
                source.ready.eq(out.ready),
            ]
            return out
        shift = fmt.frac - self.out_format.frac
        for n in range(self.par):
            unit = Requantize(
                acc_width=fmt.width + (not fmt.signed),
                out_format=self.out_format,
                shift_min=shift,
                shift_max=shift,
            )
            m.submodules[f"requantize{k}_{n}"] = unit
            m.d.comb += [
                unit.i.valid.eq(source.valid),
                unit.i.p.acc.eq(source.p.data[n]),
                unit.o.ready.eq(out.ready),
                out.payload[n].eq(unit.o.p),
            ]
            if n == 0:
                m.d.comb += [source.ready.eq(unit.i.ready), out.valid.eq(unit.o.valid)]
        return out
