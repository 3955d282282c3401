"""Channels of several streams, one after the other."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape, beat_layout, in_names
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.requantize import Requantize

__all__ = ["Concat"]


class Concat(wiring.Component):
    """For each pixel the channels of every input in turn, each input brought to one format.

    Latency 2 cycles, none if the formats are equal; throughput one beat per cycle.

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

    @property
    def aligned(self) -> bool:
        """Whether any input has another format than the output."""
        return any(fmt != self.out_format for fmt in self.in_formats)

    def elaborate(self, platform):
        m = Module()
        shifts = [fmt.frac - self.out_format.frac for fmt in self.in_formats]
        acc_width = max(fmt.width + (not fmt.signed) for fmt in self.in_formats)
        turn = Signal(range(len(self.channels)))
        beat = Signal(range(max(self.channels) // self.par))
        valid, ready = Signal(), Signal()
        values = Signal(data.ArrayLayout(signed(acc_width), self.par))
        shift = Signal(range(max(shifts) - min(shifts) + 1))
        with m.Switch(turn):
            for k, name in enumerate(in_names(len(self.channels))):
                source = getattr(self, name)
                with m.Case(k):
                    ends = beat == self.channels[k] // self.par - 1
                    m.d.comb += [
                        valid.eq(source.valid),
                        source.ready.eq(ready),
                        shift.eq(shifts[k] - min(shifts)),
                    ]
                    m.d.comb += [values[n].eq(source.p.data[n]) for n in range(self.par)]
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
        if self.aligned:
            self._align(m, valid, ready, values, shift, marker.i, shifts)
        else:
            m.d.comb += [marker.i.valid.eq(valid), ready.eq(marker.i.ready)]
            m.d.comb += [marker.i.p[n].eq(values[n]) for n in range(self.par)]
        wiring.connect(m, marker.o, wiring.flipped(self.o))
        return m

    def _align(self, m, valid, ready, values, shift, sink, shifts):
        """Bring values to the output's format."""
        for n in range(self.par):
            unit = Requantize(
                acc_width=values[n].shape().width,
                out_format=self.out_format,
                shift_min=min(shifts),
                shift_max=max(shifts),
            )
            m.submodules[f"requantize{n}"] = unit
            m.d.comb += [
                unit.i.valid.eq(valid),
                unit.i.p.acc.eq(values[n]),
                unit.i.p.shift.eq(shift),
                unit.o.ready.eq(sink.ready),
                sink.p[n].eq(unit.o.p),
            ]
            # All units do the same at the same time, so the first one's handshake is everyone's.
            if n == 0:
                m.d.comb += [ready.eq(unit.i.ready), sink.valid.eq(unit.o.valid)]
