"""Convolution as a stage."""

from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar, get_args

from quant.codebook import TwosComplement
from quant.layers.conv2d import Conv2d
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.conv_engine import ConvEngine, ConvParameters, ConvWeights
from shiftconv.gateware.folding import ConvFolding, WindowMode
from shiftconv.gateware.row_schedule import RowSchedule
from shiftconv.stages import Stage, useful_parallelisms

__all__ = ["Conv2dStage"]


class Conv2dStage(Stage):
    """A :class:`ConvEngine` with its weights in read-only memory."""

    kind: ClassVar[str] = "conv2d"

    layer: Conv2d
    folding: ConvFolding

    @classmethod
    def foldings(cls, layer: Conv2d) -> Iterator[ConvFolding]:
        c_in, c_out = layer.in_shape[2], layer.out_shape[2]
        for mode in get_args(WindowMode):
            for in_par in useful_parallelisms(c_in):
                for out_par in [c_out] if mode == "sliding" else useful_parallelisms(c_out):
                    yield ConvFolding(mode=mode, in_par=in_par, out_par=out_par)

    @cached_property
    def parameters(self) -> ConvParameters:
        """The convolution, its accumulator as wide as these weights need."""
        layer = self.layer
        return ConvParameters(
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
    def in_par(self) -> int:
        return self.folding.in_par

    @cached_property
    def out_par(self) -> int:
        return self.folding.requantize_par(self.parameters.geometry, self.parameters.c_in)

    @cached_property
    def cycles(self) -> int:
        p = self.parameters
        return self.folding.cycles(p.geometry, p.c_in, p.c_out)

    @property
    def lanes(self) -> int:
        return self.folding.out_par * self.folding.lanes(
            self.parameters.geometry, self.parameters.c_in
        )

    @property
    def folds(self) -> str:
        p = self.parameters
        window = self.folding.window_folds(p.geometry, p.c_in)
        return f"{self.folding.mode}, {window} x {self.folding.out_folds(p.c_out)}"

    @property
    def memory_bits(self) -> int:
        return sum(self.component().memory_bits.values())

    @cached_property
    def cost(self) -> float:
        p, folding = self.parameters, self.folding
        act, acc = p.in_format.width, p.acc_width
        shifts = 2**p.codebook.code_width if isinstance(p.codebook, TwosComplement) else (
            p.codebook.n_shifts
        )
        # A term's bits, each with the LUTs of its selector and of the adder behind it.
        term = act + shifts.bit_length()
        lane = term * (1 + max(1.0, shifts / 4)) + 2
        requantize = acc * (2 + p.shift_width) + 20
        window = folding.lanes(p.geometry, p.c_in) * act * (0.15 if folding.mode != "pixel" else 0)
        weight_bits = self.lanes * p.codebook.code_width
        return (
            self.lanes * lane
            + folding.out_par * (acc + 5)
            + self.out_par * requantize
            + window
            + weight_bits * 0.3
            + 150
        )

    @property
    def schedule(self) -> RowSchedule:
        p = self.parameters
        return RowSchedule(p.geometry, p.geometry.width * n_beats(p.c_in, self.in_par))

    @property
    def row_cycles(self) -> int:
        p = self.parameters
        return self.folding.row_cycles(p.geometry, p.c_in, p.c_out)

    @property
    def latency(self) -> int:
        p, folding = self.parameters, self.folding
        k_h, k_w = p.geometry.kernel
        n_in = n_beats(p.c_in, folding.in_par)
        lanes = folding.lanes(p.geometry, p.c_in)
        tree = (lanes - 1).bit_length()
        words = {
            "pixel": k_h * k_w * n_in,
            "column": k_w * n_in,
            "sliding": (k_w - p.geometry.padding[1]) * n_in + 2,
            "whole": k_h * k_w * n_in + 1,
        }[folding.mode]
        regroups = folding.out_par != self.out_par
        return 3 + words + 1 + tree + regroups + 3

    def component(self) -> ConvEngine:
        layer = self.layer
        weights = ConvWeights(levels=layer.levels, bias=layer.bias, shift=layer.shift)
        pe = "vpe" if isinstance(layer.codebook, TwosComplement) else "svpe"
        return ConvEngine(self.parameters, folding=self.folding, weights=weights, pe=pe)
