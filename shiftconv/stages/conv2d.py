"""Convolution as a stage."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, get_args

import numpy as np
from numpy.typing import NDArray

from quant.codebook import PowerOfTwo
from quant.layers.conv2d import Conv2d
from shiftconv.gateware.adder_graph import AdderGraph
from shiftconv.gateware.beat_times import BeatTimes
from shiftconv.gateware.channel_output import ChannelOutput
from shiftconv.gateware.conv_engine import ConvEngine, ConvParameters, ConvWeights
from shiftconv.gateware.dot_product import dot_product_latency
from shiftconv.gateware.folding import ConvFolding, WindowMode
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.packing import changing_bits, changing_code_bits, pack_codes
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES
from shiftconv.gateware.row_schedule import RowSchedule
from shiftconv.gateware.weight_loader import Load
from shiftconv.stages import Stage, useful_parallelisms

__all__ = ["Conv2dStage"]

# Smaller memories do not fill four of the smallest block memories.
LOADED_BITS = 16_384


class Conv2dStage(Stage):
    """A :class:`ConvEngine` with its weights in read-only memory."""

    kind: ClassVar[str] = "conv2d"
    folding_type: ClassVar[type] = ConvFolding

    layer: Conv2d
    folding: ConvFolding

    @classmethod
    def foldings(cls, layer: Any) -> Iterator[ConvFolding]:
        c_in, c_out = layer.in_shape[2], layer.out_shape[2]
        for mode in get_args(WindowMode):
            for in_par in useful_parallelisms(c_in):
                for out_par in [c_out] if mode == "sliding" else useful_parallelisms(c_out):
                    yield ConvFolding(mode=mode, in_par=in_par, out_par=out_par)

    @cached_property
    def parameters(self) -> ConvParameters:
        """The convolution, its accumulator as wide as these weights need."""
        return ConvParameters.of_layer(self.layer)

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
        p = self.parameters
        return len(p.codebook.terms) * self.folding.out_par * self.folding.lanes(p.geometry, p.c_in)

    @cached_property
    def hard_wired(self) -> bool:
        """Whether its weights are wires: each lane has one for good, no structure is asked for."""
        p = self.parameters
        constant = self.folding.weight_folds(p.geometry, p.c_in, p.c_out) == 1
        shifts = all(isinstance(term.codebook, PowerOfTwo) for term in p.codebook.terms)
        free = self.target.structure is None and self.element is None
        return constant and shifts and free

    @cached_property
    def graph(self) -> AdderGraph:
        """Additions of weights that are wires."""
        width = self.layer.in_format.width
        return AdderGraph.of_matrix(self._matrix, input_width=width, operands=self._operands)

    @property
    def _matrix(self) -> NDArray[np.int64]:
        return self.layer.levels.reshape(-1, self.parameters.c_out)

    @property
    def _operands(self) -> int:
        """Terms that an adder of the family takes at once."""
        return 3 if self.target.family in LUT6_FAMILIES else 2

    @cached_property
    def structure(self) -> str | None:
        return None if self.hard_wired else self.element or self._structures[0]

    @property
    def other_elements(self) -> tuple[str, ...]:
        return self._structures if self.hard_wired else self._structures[1:]

    @property
    def _structures(self) -> tuple[str, ...]:
        """Of lanes, the best first."""
        p = self.parameters
        lanes = self.folding.lanes(p.geometry, p.c_in)
        return self.target.structures_for(p.codebook, p.in_format, lanes)

    @property
    def folds(self) -> str:
        p = self.parameters
        window = self.folding.window_folds(p.geometry, p.c_in)
        return f"{self.folding.mode}, {window} x {self.folding.out_folds(p.c_out)}"

    @property
    def memories(self) -> tuple[MemoryShape, ...]:
        p, folding = self.parameters, self.folding
        codes = folding.weight_memories(p.geometry, p.c_in, p.c_out, p.codebook.code_width)
        if self.load is not None:
            codes = tuple(replace(memory, fixed=False, loaded=True) for memory in codes)
        return (
            *folding.window_memories(p.geometry, p.c_in, p.in_format.width),
            *codes,
            *folding.scale_memories(p.geometry, p.c_in, p.c_out, p.acc_width + p.shift_width),
        )

    @cached_property
    def kept_memories(self) -> tuple[MemoryShape, ...]:
        return tuple(
            replace(memory, width=self._changing_bits(memory.name)) if memory.fixed else memory
            for memory in self.memories
        )

    def _changing_bits(self, name: str) -> int:
        """Bits of a fixed memory's words that are not the same in all of them."""
        p, layer = self.parameters, self.layer
        if name == "codes":
            return changing_code_bits(layer.levels, p.codebook, self.folding, p.geometry)
        return changing_bits(p.pack_scales(layer.bias, layer.shift, self.out_par))

    @cached_property
    def load(self) -> Load | None:
        p, folding = self.parameters, self.folding
        codes = folding.weight_memories(p.geometry, p.c_in, p.c_out, p.codebook.code_width)
        if not self.target.loaded or sum(memory.bits for memory in codes) < LOADED_BITS:
            return None
        folds = folding.weight_folds(p.geometry, p.c_in, p.c_out)
        lanes = folding.lanes(p.geometry, p.c_in)
        return Load(folds * folding.out_par, lanes * p.codebook.code_width)

    def load_words(self) -> list[int]:
        if self.load is None:
            return []
        p, folding, width = self.parameters, self.folding, self.load.width
        words = pack_codes(self.layer.levels, p.codebook, folding, p.geometry)
        mask = (1 << width) - 1
        return [word >> n * width & mask for word in words for n in range(folding.out_par)]

    @property
    def needs(self) -> tuple[int, ...]:
        return RowSchedule(self.parameters.geometry, 1).needs

    @property
    def element_latency(self) -> int:
        """Cycles from a window's last word to its sums."""
        if self.structure is None:
            return self.graph.latency
        p = self.parameters
        lanes = self.folding.lanes(p.geometry, p.c_in)
        return dot_product_latency(self.structure, p.codebook, lanes)

    @property
    def patience(self) -> int | None:
        return ChannelOutput.patience

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        return self._departures(offers, self.element_latency)

    def earliest_departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        if not self.hard_wired:
            return self.departures(offers)
        return self._departures(
            offers, AdderGraph.least_latency(self._matrix, operands=self._operands)
        )

    def _departures(self, offers: Sequence[BeatTimes], element_latency: int) -> BeatTimes:
        p, folding = self.parameters, self.folding
        windows = folding.window_times(offers[0], p.geometry, p.c_in, p.c_out)
        sums = windows + element_latency
        return ChannelOutput.times(sums, p.c_out, folding.out_par, self.out_par)

    def component(self) -> ConvEngine:
        layer = self.layer
        weights = ConvWeights(levels=layer.levels, bias=layer.bias, shift=layer.shift)
        return ConvEngine(
            self.parameters,
            folding=self.folding,
            weights=weights,
            structure=self.structure,
            graph=self.graph if self.hard_wired else None,
            loaded=self.load is not None,
            kinds=self.memory_kinds,
        )
