"""Average pooling as a stage."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from quant.layers import average_pool
from shiftconv.gateware.average_pool import AveragePool
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.beat_times import BeatTimes
from shiftconv.gateware.folding import fixed_memory
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.stages._channelwise import ChannelwiseStage

__all__ = ["AveragePoolStage"]


class AveragePoolStage(ChannelwiseStage):
    """An :class:`AveragePool` component."""

    kind: ClassVar[str] = "average_pool"

    layer: average_pool.AveragePool

    @property
    def memories(self) -> tuple[MemoryShape, ...]:
        n_divisors = len(np.unique(self.layer.counts))
        n_words = self.layer.counts.size * n_beats(self.layer.in_shape[2], self.in_par)
        width = (n_divisors - 1).bit_length()
        counts = fixed_memory("counts", n_words, width) if n_divisors > 1 else ()
        return (*self.window_memories, *counts)

    @property
    def repetitive(self) -> tuple[tuple[MemoryShape, list[int]], ...]:
        n_groups = n_beats(self.layer.in_shape[2], self.in_par)
        words = AveragePool.count_words(self.layer.counts, n_groups)
        return tuple((shape, words) for shape in self.memories if shape.fixed)

    @property
    def patience(self) -> int | None:
        return 2

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        values = self.folding.values(self.layer.geometry)
        element, quotient = 2 + (values - 1).bit_length(), 2
        return self.window_times(offers) + element + quotient

    def component(self) -> AveragePool:
        return AveragePool(
            geometry=self.layer.geometry,
            channels=self.layer.in_shape[2],
            act_format=self.layer.in_format,
            folding=self.folding,
            counts=self.layer.counts,
            kinds=self.memory_kinds,
        )
