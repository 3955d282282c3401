"""A table as a stage."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from quant.layers import look_up
from shiftconv.gateware.beat_times import BeatTimes
from shiftconv.gateware.look_up import LookUp
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.packing import changing_bits
from shiftconv.stages._elementwise import ElementwiseStage

__all__ = ["LookUpStage"]


class LookUpStage(ElementwiseStage):
    """A :class:`LookUp` component."""

    kind: ClassVar[str] = "look_up"

    layer: look_up.LookUp

    @property
    def memories(self) -> tuple[MemoryShape, ...]:
        layer = self.layer
        return LookUp.memories(
            layer.table, layer.out_format.width, layer.in_shape[2], self.folding.par
        )

    @property
    def kept_memories(self) -> tuple[MemoryShape, ...]:
        """A table for each lane: they differ in what they hold."""
        return tuple(
            replace(shape, width=changing_bits(words), count=1) for shape, words in self.repetitive
        )

    @property
    def repetitive(self) -> tuple[tuple[MemoryShape, list[int]], ...]:
        layer, par = self.layer, self.folding.par
        return tuple(LookUp.contents(layer.table, layer.out_format.width, layer.in_shape[2], par))

    @property
    def patience(self) -> int | None:
        return 1

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        return offers[0] + 1

    def component(self) -> LookUp:
        return LookUp(
            in_format=self.layer.in_format,
            out_format=self.layer.out_format,
            table=self.layer.table,
            channels=self.layer.in_shape[2],
            par=self.folding.par,
            n_pixels=self.n_pixels,
            kinds=self.memory_kinds,
        )
