"""From the dot products of an array to a layer's output beats."""

from collections.abc import Sequence
from typing import ClassVar

from amaranth.hdl import Module, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape, beat_layout, n_beats
from shiftconv.gateware.beat_times import BeatTimes, regrouped
from shiftconv.gateware.cyclic_memory import CyclicMemory
from shiftconv.gateware.epilogue import Epilogue
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.width_adapter import WidthAdapter

__all__ = ["ChannelOutput"]


class ChannelOutput(wiring.Component):
    """Let sums leave a few channels at a time, and make activations of them.

    Latency 3 cycles, and as many more as a group of sums has beats if it has several.

    Parameters
    ----------
    acc_width : int
    out_format : ActFormat
    shift_min, shift_max : int
        Range of the right shifts.
    channels : int
        Output channels.
    in_par, out_par : int
        Sums at once, and channels per output beat, which divide them.
    n_pixels : int
        Output pixels per frame.
    scales : sequence of int, optional
        Words of :func:`pack_scales`; without them they arrive by stream.
    kind : {"block", "lut", "big"}, optional
        What their memory is made of.

    Members
    -------
    i : In(stream.Signature(ArrayLayout(signed(acc_width), in_par)))
    i_scales : In(stream.Signature(acc_width + shift_width))
        Only without ``scales``.
    o : Out(stream.Signature(beat_layout(act_shape(out_format), out_par)))
    """

    patience: ClassVar[int] = 2
    """A beat may wait until so many cycles before the next one is due, and no sum is held up."""

    @staticmethod
    def times(sums: BeatTimes, channels: int, in_par: int, out_par: int) -> BeatTimes:
        """When beats leave, given when sums come."""
        return regrouped(sums, channels, in_par, out_par) + 3

    def __init__(
        self,
        *,
        acc_width: int,
        out_format: ActFormat,
        shift_min: int,
        shift_max: int,
        channels: int,
        in_par: int,
        out_par: int,
        n_pixels: int,
        scales: Sequence[int] | None,
        kind: MemoryKind | None = None,
    ):
        self.acc_width = acc_width
        self.out_format = out_format
        self.shift_min = shift_min
        self.shift_max = shift_max
        self.channels = channels
        self.in_par = in_par
        self.out_par = out_par
        self.n_pixels = n_pixels
        self.scales = scales
        self.kind = kind
        self.scale_width = acc_width + (shift_max - shift_min).bit_length()
        ports = {
            "i": In(stream.Signature(data.ArrayLayout(signed(acc_width), in_par))),
            "o": Out(stream.Signature(beat_layout(act_shape(out_format), out_par))),
        }
        if scales is None:
            ports["i_scales"] = In(stream.Signature(self.scale_width))
        super().__init__(ports)

    def elaborate(self, platform):
        m = Module()
        m.submodules.regroup = regroup = WidthAdapter(
            shape=signed(self.acc_width),
            channels=self.channels,
            in_par=self.in_par,
            out_par=self.out_par,
        )
        m.submodules.scales = scales = CyclicMemory(
            width=self.out_par * self.scale_width,
            depth=n_beats(self.channels, self.out_par),
            words=self.scales,
            granularity=self.scale_width,
            kind=self.kind,
        )
        m.submodules.epilogue = epilogue = Epilogue(
            acc_width=self.acc_width,
            out_format=self.out_format,
            shift_min=self.shift_min,
            shift_max=self.shift_max,
            channels=self.channels,
            par=self.out_par,
            n_pixels=self.n_pixels,
        )
        m.d.comb += [
            regroup.i.valid.eq(self.i.valid),
            regroup.i.p.data.eq(self.i.p),
            self.i.ready.eq(regroup.i.ready),
            epilogue.i.valid.eq(regroup.o.valid),
            epilogue.i.p.eq(regroup.o.p.data),
            regroup.o.ready.eq(epilogue.i.ready),
            epilogue.i_scale.valid.eq(scales.o.valid),
            Value.cast(epilogue.i_scale.p).eq(scales.o.p),
            scales.o.ready.eq(epilogue.i_scale.ready),
        ]
        wiring.connect(m, epilogue.o, wiring.flipped(self.o))
        if self.scales is None:
            wiring.connect(m, wiring.flipped(self.i_scales), scales.i)
        return m
