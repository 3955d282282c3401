"""The convolution engine: line buffer, window, array, requantization."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from numpy.typing import NDArray

from quant.codebook import Codebook
from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from quant.layers.conv2d import Conv2d
from quant.layers.depthwise_conv2d import DepthwiseConv2d
from shiftconv.gateware.adder_graph import AdderGraph
from shiftconv.gateware.array import Array
from shiftconv.gateware.beat import act_shape, beat_layout, n_beats
from shiftconv.gateware.channel_output import ChannelOutput
from shiftconv.gateware.constant_array import ConstantArray
from shiftconv.gateware.cyclic_memory import CyclicMemory
from shiftconv.gateware.folding import WHOLE_COLUMNS, ConvFolding
from shiftconv.gateware.line_buffer import LineBuffer
from shiftconv.gateware.memory_kind import AUTOMATIC, MemoryKinds
from shiftconv.gateware.packing import pack_codes, pack_scales
from shiftconv.gateware.read_order import ReadOrder
from shiftconv.gateware.window_slider import WindowSlider
from shiftconv.gateware.window_store import WindowStore

__all__ = ["ConvEngine", "ConvParameters", "ConvWeights"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class ConvWeights:
    """What an engine with fixed weights holds.

    Parameters
    ----------
    levels : ndarray of int64, shape (k_h, k_w, c_in, c_out)
    bias, shift : ndarray of int64, shape (c_out,)
    """

    levels: IntArray
    bias: IntArray
    shift: IntArray


@dataclass(frozen=True, kw_only=True)
class ConvParameters:
    """A convolution but for its weights.

    Parameters
    ----------
    geometry : Geometry
    c_in, c_out : int
    in_format, out_format : ActFormat
    codebook : Codebook
    acc_width : int
        Bits of the accumulator, the bias included.
    shift_min, shift_max : int
        Range of the output channels' right shifts.
    """

    geometry: Geometry
    c_in: int
    c_out: int
    in_format: ActFormat
    out_format: ActFormat
    codebook: Codebook
    acc_width: int
    shift_min: int
    shift_max: int

    @classmethod
    def of_layer(cls, layer: Conv2d | DepthwiseConv2d) -> "ConvParameters":
        """Those of a layer, its accumulator as wide as its weights need."""
        return cls(
            geometry=layer.geometry,
            c_in=layer.in_shape[2],
            c_out=layer.out_shape[2],
            in_format=layer.in_format,
            out_format=layer.out_format,
            codebook=layer.codebook,
            acc_width=layer.acc_width,
            shift_min=int(layer.shift.min()),
            shift_max=int(layer.shift.max()),
        )

    @property
    def shift_width(self) -> int:
        """Bits of a channel's ``shift - shift_min``."""
        return (self.shift_max - self.shift_min).bit_length()

    def pack_scales(self, bias: IntArray, shift: IntArray, par: int) -> list[int]:
        """Words of biases and shifts of ``par`` output channels each."""
        return pack_scales(
            bias,
            shift,
            acc_width=self.acc_width,
            shift_min=self.shift_min,
            shift_width=self.shift_width,
            par=par,
        )


class ConvEngine(wiring.Component):
    """Convolve a stream of images.

    ``o = clamp(round_half_even((sum over the window of act * level + bias) * 2**-shift))``.
    Throughput: ``folding.cycles(geometry, c_in, c_out)`` cycles per frame, frames back to back.

    Parameters
    ----------
    parameters : ConvParameters
    folding : ConvFolding
    weights : ConvWeights, optional
        Kept in read-only memories. Without them, weights and scales arrive by stream and the engine
        waits for the first complete set; a later set must arrive between frames.
    structure : str, optional
        Of the processing elements.
    loaded : bool
        With ``weights``: their codes arrive by stream all the same, into a large memory, and the
        scales alone are read-only.
    graph : AdderGraph, optional
        Of ``weights``, to build them in as wires instead of codes; only where every one of them is
        at work in every cycle, so that no lane ever changes its weight.
    kinds : mapping, optional
        Of its memories: rows, columns, codes, scales.

    Members
    -------
    i : In(stream.Signature(beat_layout(act_shape(in_format), folding.in_par)))
    i_weights : In(stream.Signature(lanes * code_width))
        Codes of one processing element and fold, in the order of :func:`pack_codes`. Only without
        ``weights``, or if they are ``loaded``.
    i_scales : In(stream.Signature(acc_width + shift_width))
        Bias and ``shift - shift_min`` of one output channel, in order, idle channels included. Only
        without ``weights``.
    o : Out(stream.Signature(beat_layout(act_shape(out_format), out_par)))
    """

    def __init__(
        self,
        parameters: ConvParameters,
        *,
        folding: ConvFolding,
        weights: ConvWeights | None = None,
        structure: str | None = None,
        graph: AdderGraph | None = None,
        loaded: bool = False,
        kinds: MemoryKinds = AUTOMATIC,
    ):
        p = parameters
        folding.check(p.c_in, p.c_out)
        if graph is not None and (
            weights is None or folding.weight_folds(p.geometry, p.c_in, p.c_out) > 1
        ):
            raise ValueError(
                "Only fixed weights that are all at work in every cycle can be wired in"
            )
        self.parameters = p
        self.folding = folding
        self.weights = weights
        self.structure = structure
        if loaded and (weights is None or graph is not None):
            raise ValueError("Weights that are not fixed, or wired in, cannot be loaded")
        self.graph = graph
        self.loaded = loaded
        self.kinds = kinds
        self.in_par = folding.in_par
        self.out_par = folding.requantize_par(p.geometry, p.c_in)
        self._act = act_shape(p.in_format)
        self._lanes = folding.lanes(p.geometry, p.c_in)
        ports = {
            "i": In(stream.Signature(beat_layout(self._act, self.in_par))),
            "o": Out(stream.Signature(beat_layout(act_shape(p.out_format), self.out_par))),
        }
        if weights is None or loaded:
            ports["i_weights"] = In(stream.Signature(self._lanes * p.codebook.code_width))
        if weights is None:
            ports["i_scales"] = In(stream.Signature(p.acc_width + p.shift_width))
        super().__init__(ports)

    @property
    def cycles_per_frame(self) -> int:
        """Cycles per frame in steady state."""
        p = self.parameters
        return self.folding.cycles(p.geometry, p.c_in, p.c_out)

    def _make_front(self) -> dict[str, wiring.Component]:
        """What stands between the input and the array, in order."""
        p, folding = self.parameters, self.folding
        n_in = n_beats(p.c_in, folding.in_par)
        common = {"act": self._act, "in_par": folding.in_par}
        repeat = folding.out_folds(p.c_out)
        order = {
            "pixel": ReadOrder.convolution(p.geometry, n_in, repeat),
            "column": ReadOrder.convolution(p.geometry, n_in, repeat),
            "sliding": ReadOrder.scan(p.geometry, n_in),
            "whole": ReadOrder.convolution(p.geometry, n_in, 1),
        }[folding.mode]
        front: dict[str, wiring.Component] = {
            "line_buffer": LineBuffer(
                geometry=p.geometry,
                channels=p.c_in,
                order=order,
                whole_columns=folding.mode in WHOLE_COLUMNS,
                kind=self.kinds.get("rows"),
                **common,
            )
        }
        k_h, k_w = p.geometry.kernel
        if folding.mode == "sliding":
            front["slider"] = WindowSlider(
                geometry=p.geometry, n_words=n_in, kind=self.kinds.get("columns"), **common
            )
        elif folding.mode == "whole":
            front["store"] = WindowStore(
                n_pixels=k_h * k_w, channels=p.c_in, repeat=repeat, **common
            )
        return front

    def elaborate(self, platform):
        m = Module()

        # Pixels to windows.
        source = wiring.flipped(self.i)
        for name, part in self._make_front().items():
            m.submodules[name] = part
            wiring.connect(m, source, part.i)
            source = part.o

        # Windows to dot products, to activations.
        if self.graph is None:
            array = self._meet_codes(m, source)
        else:
            array = self._wire_in(m, source, self.graph)
        m.submodules.output = output = self._make_output()
        wiring.connect(m, array.o, output.i)
        wiring.connect(m, output.o, wiring.flipped(self.o))
        if self.weights is None:
            wiring.connect(m, wiring.flipped(self.i_scales), output.i_scales)
        return m

    def _wire_in(self, m: Module, windows, graph: AdderGraph) -> ConstantArray:
        """Dot products of whole windows with weights that are wires."""
        p = self.parameters
        m.submodules.array = array = ConstantArray(
            graph, act_format=p.in_format, acc_width=p.acc_width
        )
        wiring.connect(m, windows, array.i)
        return array

    def _meet_codes(self, m: Module, windows) -> Array:
        """Dot products of a window's parts with the codes that come with each."""
        p, folding = self.parameters, self.folding
        m.submodules.weights = codes = self._make_codes()
        m.submodules.array = array = Array(
            codebook=p.codebook,
            act=self._act,
            lanes=self._lanes,
            out_par=folding.out_par,
            acc_width=p.acc_width,
            structure=self.structure,
        )
        m.d.comb += [
            array.i.valid.eq(windows.valid & codes.o.valid),
            windows.ready.eq(array.i.ready & codes.o.valid),
            codes.o.ready.eq(array.i.ready & windows.valid),
            array.i.p.act.eq(windows.p.data),
            array.i.p.code.eq(codes.o.p),
            array.i.p.last.eq(windows.p.last),
        ]
        if codes.words is None:
            wiring.connect(m, wiring.flipped(self.i_weights), codes.i)
        return array

    def _make_codes(self) -> CyclicMemory:
        """Memory of the weights."""
        p, folding = self.parameters, self.folding
        words = None
        if self.weights is not None and not self.loaded:
            words = pack_codes(self.weights.levels, p.codebook, folding, p.geometry)
        return CyclicMemory(
            large=self.loaded,
            width=folding.out_par * self._lanes * p.codebook.code_width,
            depth=folding.weight_folds(p.geometry, p.c_in, p.c_out),
            words=words,
            granularity=self._lanes * p.codebook.code_width,
            kind=self.kinds.get("codes"),
        )

    def _make_output(self) -> ChannelOutput:
        """What makes activations of dot products."""
        p = self.parameters
        words = None
        if self.weights is not None:
            words = p.pack_scales(self.weights.bias, self.weights.shift, self.out_par)
        return ChannelOutput(
            acc_width=p.acc_width,
            out_format=p.out_format,
            shift_min=p.shift_min,
            shift_max=p.shift_max,
            channels=p.c_out,
            in_par=self.folding.out_par,
            out_par=self.out_par,
            n_pixels=p.geometry.out_height * p.geometry.out_width,
            scales=words,
            kind=self.kinds.get("scales"),
        )
