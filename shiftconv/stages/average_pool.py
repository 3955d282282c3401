"""Average pooling as a stage."""

from typing import ClassVar

import numpy as np

from quant.layers import average_pool
from shiftconv.gateware.average_pool import AveragePool
from shiftconv.gateware.beat import n_beats
from shiftconv.stages._channelwise import ChannelwiseStage

__all__ = ["AveragePoolStage"]


class AveragePoolStage(ChannelwiseStage):
    """An :class:`AveragePool` component."""

    kind: ClassVar[str] = "average_pool"

    layer: average_pool.AveragePool

    @property
    def memory_bits(self) -> int:
        n_divisors = len(np.unique(self.layer.counts))
        n_words = self.layer.counts.size * n_beats(self.layer.in_shape[2], self.in_par)
        return self.window_memory_bits + (n_divisors - 1).bit_length() * n_words

    @property
    def latency(self) -> int:
        values = self.folding.values(self.layer.geometry)
        element, quotient = 2 + (values - 1).bit_length(), 2
        return self.window_latency + element + quotient

    @property
    def cost(self) -> float:
        bits = self.folding.in_par * (self.layer.in_format.width + 4)
        n_divisors = len(np.unique(self.layer.counts))
        return 100 + bits * (1.5 * self.folding.values(self.layer.geometry) + 8 * n_divisors)

    def component(self) -> AveragePool:
        return AveragePool(
            geometry=self.layer.geometry,
            channels=self.layer.in_shape[2],
            act_format=self.layer.in_format,
            folding=self.folding,
            counts=self.layer.counts,
        )
