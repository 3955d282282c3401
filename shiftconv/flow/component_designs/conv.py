"""A convolution engine."""

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np

from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from quant.layers.conv2d import Conv2d
from shiftconv.flow.component_designs import ComponentDesign
from shiftconv.flow.component_designs._payloads import image_payloads, word_parts
from shiftconv.gateware.conv_engine import ConvEngine, ConvParameters
from shiftconv.gateware.folding import ConvFolding, WindowMode
from shiftconv.gateware.packing import pack_codes, pack_scales
from shiftconv.plan import cheapest_folding

__all__ = ["ConvDesign"]

BIAS_BITS = 4


@dataclass(frozen=True, kw_only=True)
class ConvDesign(ComponentDesign):
    """A convolution engine whose weights arrive by stream.

    Parameters
    ----------
    in_shape : (height, width, channels)
    out_channels : int
    kernel, stride, padding
        As :class:`Geometry` takes them.
    out_width : int
        Bits of an output activation.
    shift_max : int
        Largest right shift of the output.
    window : str
        Window mode of the folding.
    in_par, out_par : int
        Of the folding.
    """

    kind: ClassVar[str] = "conv"

    in_shape: tuple[int, int, int] = (32, 32, 16)
    out_channels: int = 32
    kernel: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (1, 1, 1, 1)
    out_width: int = 8
    shift_max: int = 15
    window: str = "whole"
    in_par: int = 8
    out_par: int = 1

    @classmethod
    def planned(cls, *, max_cycles: int | None, **parameters: Any) -> "ConvDesign":
        """The design with the folding that is cheapest within ``max_cycles`` cycles per frame."""
        draft = cls(**parameters, window="pixel", in_par=1, out_par=1)
        layer = draft._layer(np.random.default_rng(0))
        folding = cheapest_folding(layer, max_cycles=max_cycles, target=draft.target)
        return cls(
            **parameters, window=folding.mode, in_par=folding.in_par, out_par=folding.out_par
        )

    @property
    def geometry(self) -> Geometry:
        """Where the windows lie."""
        return Geometry(*self.in_shape[:2], self.kernel, self.stride, self.padding)

    @property
    def folding(self) -> ConvFolding:
        """How the work is spread."""
        return ConvFolding(
            mode=cast(WindowMode, self.window), in_par=self.in_par, out_par=self.out_par
        )

    @property
    def parameters(self) -> ConvParameters:
        """The engine's, the accumulator wide enough for any weights and a bias of its size."""
        taps = self.kernel[0] * self.kernel[1] * self.in_shape[2]
        largest = int(np.abs(self.codebook.levels).max()) * self.act_format.max_abs
        return ConvParameters(
            geometry=self.geometry,
            c_in=self.in_shape[2],
            c_out=self.out_channels,
            in_format=self.act_format,
            out_format=ActFormat(self.out_width, 0, self.signed),
            codebook=self.codebook,
            acc_width=(largest * taps).bit_length() + 2,
            shift_min=0,
            shift_max=self.shift_max,
        )

    @property
    def n_lanes(self) -> int:
        n_weights = self.out_par * self.folding.lanes(self.geometry, self.in_shape[2])
        return n_weights * self.n_terms

    @property
    def cycles_per_frame(self) -> int:
        """Cycles per frame in steady state."""
        return self.folding.cycles(self.geometry, self.in_shape[2], self.out_channels)

    @property
    def macs(self) -> int:
        """Multiply-accumulates per frame."""
        return self._layer(np.random.default_rng(0)).macs

    def component(self) -> ConvEngine:
        lanes = self.folding.lanes(self.geometry, self.in_shape[2])
        return ConvEngine(
            self.parameters, folding=self.folding, structure=self._structure_for(lanes)
        )

    def _layer(self, rng: np.random.Generator) -> Conv2d:
        """A golden layer with random weights."""
        p = self.parameters
        reach = 2 ** (p.acc_width - BIAS_BITS)
        shape = (*self.kernel, self.in_shape[2], self.out_channels)
        return Conv2d(
            in_shape=self.in_shape,
            in_format=p.in_format,
            out_format=p.out_format,
            codebook=p.codebook,
            levels=rng.choice(p.codebook.levels, shape),
            bias=rng.integers(-reach, reach, self.out_channels),
            shift=rng.integers(0, self.shift_max + 1, self.out_channels),
            stride=self.stride,
            padding=self.padding,
        )

    def stimulus(self, rng: np.random.Generator, n: int) -> tuple[dict[str, list[int]], list[int]]:
        p, layer = self.parameters, self._layer(rng)
        par = self.folding.requantize_par(self.geometry, p.c_in)
        act = rng.integers(p.in_format.lo, p.in_format.hi + 1, (n, *self.in_shape))
        codes = pack_codes(layer.levels, p.codebook, self.folding, self.geometry)
        scales = pack_scales(
            layer.bias,
            layer.shift,
            acc_width=p.acc_width,
            shift_min=p.shift_min,
            shift_width=p.shift_width,
            par=par,
        )
        code_bits = self.folding.lanes(self.geometry, p.c_in) * p.codebook.code_width
        return (
            {
                "i": image_payloads(act, self.act_width, self.in_par),
                "i_weights": word_parts(codes, code_bits, self.out_par),
                "i_scales": word_parts(scales, p.acc_width + p.shift_width, par),
            },
            image_payloads(layer.reference(act), self.out_width, par),
        )
