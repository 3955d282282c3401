"""Depthwise convolution: every channel with a kernel of its own."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.beat import act_shape, beat_layout, pace_par
from shiftconv.gateware.channel_output import ChannelOutput
from shiftconv.gateware.channel_sums import ChannelSums
from shiftconv.gateware.channel_windows import ChannelWindows
from shiftconv.gateware.conv_engine import ConvParameters, ConvWeights
from shiftconv.gateware.folding import PoolFolding
from shiftconv.gateware.memory_kind import AUTOMATIC, MemoryKinds
from shiftconv.gateware.packing import pack_channel_codes

__all__ = ["DepthwiseEngine"]


class DepthwiseEngine(wiring.Component):
    """Convolve each channel of a stream of images.

    Throughput: ``folding.cycles(geometry, channels)`` cycles per frame, frames back to back.

    Parameters
    ----------
    parameters : ConvParameters
        ``c_in`` and ``c_out`` are equal.
    folding : PoolFolding
    weights : ConvWeights
        Levels of shape (k_h, k_w, channels).
    structure : str, optional
        Of the processing elements.
    kinds : mapping, optional
        Of its memories: rows, columns, codes, scales.

    Members
    -------
    i : In(stream.Signature(beat_layout(act_shape(in_format), folding.in_par)))
    o : Out(stream.Signature(beat_layout(act_shape(out_format), out_par)))
    """

    def __init__(
        self,
        parameters: ConvParameters,
        *,
        folding: PoolFolding,
        weights: ConvWeights,
        structure: str | None = None,
        kinds: MemoryKinds = AUTOMATIC,
    ):
        p = parameters
        if p.c_in != p.c_out:
            raise ValueError(
                f"A depthwise convolution has as many outputs as inputs, not {p.c_out} and {p.c_in}"
            )
        self.parameters = p
        self.folding = folding
        self.weights = weights
        self.structure = structure
        self.kinds = kinds
        self.in_par = folding.in_par
        self.out_par = pace_par(folding.in_par, folding.window_folds(p.geometry))
        act_in, act_out = act_shape(p.in_format), act_shape(p.out_format)
        super().__init__(
            {
                "i": In(stream.Signature(beat_layout(act_in, self.in_par))),
                "o": Out(stream.Signature(beat_layout(act_out, self.out_par))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        p = self.parameters
        m.submodules.windows = windows = ChannelWindows(
            geometry=p.geometry,
            channels=p.c_in,
            act_format=p.in_format,
            folding=self.folding,
            fill=0,
            kinds=self.kinds,
        )
        m.submodules.sums = sums = ChannelSums(
            codebook=p.codebook,
            act=act_shape(p.in_format),
            values=self.folding.values(p.geometry),
            par=self.in_par,
            acc_width=p.acc_width,
            codes=pack_channel_codes(self.weights.levels, p.codebook, self.folding),
            structure=self.structure,
            kind=self.kinds.get("codes"),
        )
        scales = p.pack_scales(self.weights.bias, self.weights.shift, self.out_par)
        m.submodules.output = output = ChannelOutput(
            acc_width=p.acc_width,
            out_format=p.out_format,
            shift_min=p.shift_min,
            shift_max=p.shift_max,
            channels=p.c_out,
            in_par=self.in_par,
            out_par=self.out_par,
            n_pixels=p.geometry.out_height * p.geometry.out_width,
            scales=scales,
            kind=self.kinds.get("scales"),
        )
        wiring.connect(m, wiring.flipped(self.i), windows.i)
        wiring.connect(m, windows.o, sums.i)
        wiring.connect(m, sums.o, output.i)
        wiring.connect(m, output.o, wiring.flipped(self.o))
        return m
