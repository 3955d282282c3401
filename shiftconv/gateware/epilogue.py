"""From dot products to the activations of a layer's output stream."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape, beat_layout
from shiftconv.gateware.frame_marker import FrameMarker
from shiftconv.gateware.requantize import Requantize

__all__ = ["Epilogue", "scale_layout"]


def scale_layout(acc_width: int, shift_min: int, shift_max: int) -> data.StructLayout:
    """An output channel's ``bias``, in units of the accumulator, and its ``shift - shift_min``."""
    return data.StructLayout(
        {"bias": signed(acc_width), "shift": (shift_max - shift_min).bit_length()}
    )


class Epilogue(wiring.Component):
    """Add the bias, requantize, mark the end of the frame.

    ``o = clamp(round_half_even((i + bias) * 2**-shift))`` for ``par`` channels at a time. Latency 3
    cycles, throughput 1 beat per cycle.

    Parameters
    ----------
    acc_width : int
        Bits of the dot product and of its sum with the bias, which must not overflow.
    out_format : ActFormat
    shift_min, shift_max : int
        Range of the right shifts.
    channels : int
        Output channels.
    par : int
        Channels per beat.
    n_pixels : int
        Output pixels per frame.

    Members
    -------
    i : In(stream.Signature(ArrayLayout(signed(acc_width), par)))
    i_scale : In(stream.Signature(ArrayLayout(scale_layout(...), par)))
        In the order of ``i``.
    o : Out(stream.Signature(beat_layout(act_shape(out_format), par)))
    """

    def __init__(
        self,
        *,
        acc_width: int,
        out_format: ActFormat,
        shift_min: int,
        shift_max: int,
        channels: int,
        par: int,
        n_pixels: int,
    ):
        self.acc_width = acc_width
        self.out_format = out_format
        self.shift_min = shift_min
        self.shift_max = shift_max
        self.channels = channels
        self.par = par
        self.n_pixels = n_pixels
        scale = scale_layout(acc_width, shift_min, shift_max)
        super().__init__(
            {
                "i": In(stream.Signature(data.ArrayLayout(signed(acc_width), par))),
                "i_scale": In(stream.Signature(data.ArrayLayout(scale, par))),
                "o": Out(stream.Signature(beat_layout(act_shape(out_format), par))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        units = [
            Requantize(
                acc_width=self.acc_width,
                out_format=self.out_format,
                shift_min=self.shift_min,
                shift_max=self.shift_max,
            )
            for _ in range(self.par)
        ]
        # All units do the same at the same time, so the first one's handshake is everyone's.
        leader = units[0]
        biased = Signal()
        ready = Signal()
        both = self.i.valid & self.i_scale.valid
        m.d.comb += [
            ready.eq(~biased | leader.i.ready),
            self.i.ready.eq(ready & self.i_scale.valid),
            self.i_scale.ready.eq(ready & self.i.valid),
        ]
        with m.If(ready):
            m.d.sync += biased.eq(both)
        for n, unit in enumerate(units):
            m.submodules[f"requantize{n}"] = unit
            acc = Signal(signed(self.acc_width), reset_less=True, name=f"acc{n}")
            shift = Signal(unit.shift_width, reset_less=True, name=f"shift{n}")
            with m.If(ready):
                m.d.sync += [
                    acc.eq(self.i.p[n] + self.i_scale.p[n].bias),
                    shift.eq(self.i_scale.p[n].shift),
                ]
            m.d.comb += [
                unit.i.valid.eq(biased),
                unit.i.p.acc.eq(acc),
                unit.i.p.shift.eq(shift),
            ]

        m.submodules.marker = marker = FrameMarker(
            shape=act_shape(self.out_format),
            channels=self.channels,
            par=self.par,
            n_pixels=self.n_pixels,
        )
        m.d.comb += [
            marker.i.valid.eq(leader.o.valid),
            Cat(marker.i.p).eq(Cat(unit.o.p for unit in units)),
        ]
        for unit in units:
            m.d.comb += unit.o.ready.eq(marker.i.ready)
        wiring.connect(m, marker.o, wiring.flipped(self.o))
        return m
