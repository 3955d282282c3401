"""Depthwise convolution as a stage."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

from quant.layers import depthwise_conv2d
from shiftconv.gateware.beat import n_beats, pace_par
from shiftconv.gateware.beat_times import BeatTimes
from shiftconv.gateware.channel_output import ChannelOutput
from shiftconv.gateware.conv_engine import ConvParameters, ConvWeights
from shiftconv.gateware.depthwise_engine import DepthwiseEngine
from shiftconv.gateware.dot_product import dot_product_latency
from shiftconv.gateware.folding import fixed_memory
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.packing import changing_bits, pack_channel_codes
from shiftconv.stages._channelwise import ChannelwiseStage

__all__ = ["DepthwiseConv2dStage"]


class DepthwiseConv2dStage(ChannelwiseStage):
    """A :class:`DepthwiseEngine` with its weights in read-only memory."""

    kind: ClassVar[str] = "depthwise_conv2d"

    layer: depthwise_conv2d.DepthwiseConv2d

    @cached_property
    def parameters(self) -> ConvParameters:
        """The convolution, its accumulator as wide as these weights need."""
        return ConvParameters.of_layer(self.layer)

    @property
    def out_par(self) -> int:
        return pace_par(self.in_par, self.folding.window_folds(self.layer.geometry))

    @property
    def lanes(self) -> int:
        return len(self.parameters.codebook.terms) * self._n_codes

    @property
    def _n_codes(self) -> int:
        """Weights of a cycle."""
        return self.in_par * self.folding.values(self.layer.geometry)

    @cached_property
    def structure(self) -> str:
        return self.element or self._structures[0]

    @property
    def other_elements(self) -> tuple[str, ...]:
        return self._structures[1:]

    @property
    def _structures(self) -> tuple[str, ...]:
        """Of lanes, the best first."""
        p = self.parameters
        values = self.folding.values(p.geometry)
        return self.target.structures_for(p.codebook, p.in_format, values)

    @property
    def memories(self) -> tuple[MemoryShape, ...]:
        p = self.parameters
        n_words = n_beats(p.c_in, self.in_par) * self.folding.window_folds(p.geometry)
        return (
            *self.window_memories,
            *fixed_memory("codes", n_words, self._n_codes * p.codebook.code_width),
            *fixed_memory(
                "scales",
                n_beats(p.c_out, self.out_par),
                self.out_par * (p.acc_width + p.shift_width),
            ),
        )

    @cached_property
    def kept_memories(self) -> tuple[MemoryShape, ...]:
        p, layer = self.parameters, self.layer
        words = {
            "codes": lambda: pack_channel_codes(layer.levels, p.codebook, self.folding),
            "scales": lambda: p.pack_scales(layer.bias, layer.shift, self.out_par),
        }
        return tuple(
            replace(memory, width=changing_bits(words[memory.name]())) if memory.fixed else memory
            for memory in self.memories
        )

    @property
    def patience(self) -> int | None:
        return ChannelOutput.patience

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        values = self.folding.values(self.layer.geometry)
        element = dot_product_latency(self.structure, self.parameters.codebook, values)
        sums = self.window_times(offers) + element
        return ChannelOutput.times(sums, self.layer.in_shape[2], self.in_par, self.out_par)

    def component(self) -> DepthwiseEngine:
        layer = self.layer
        weights = ConvWeights(levels=layer.levels, bias=layer.bias, shift=layer.shift)
        return DepthwiseEngine(
            self.parameters,
            folding=self.folding,
            weights=weights,
            structure=self.structure,
            kinds=self.memory_kinds,
        )
