"""Max pooling as a stage."""

from collections.abc import Sequence
from typing import ClassVar

from quant.layers import max_pool
from shiftconv.gateware.beat_times import BeatTimes
from shiftconv.gateware.max_pool import MaxPool
from shiftconv.stages._channelwise import ChannelwiseStage

__all__ = ["MaxPoolStage"]


class MaxPoolStage(ChannelwiseStage):
    """A :class:`MaxPool` component."""

    kind: ClassVar[str] = "max_pool"

    layer: max_pool.MaxPool

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        return self.window_times(offers) + 1

    def component(self) -> MaxPool:
        return MaxPool(
            geometry=self.layer.geometry,
            channels=self.layer.in_shape[2],
            act_format=self.layer.in_format,
            folding=self.folding,
            kinds=self.memory_kinds,
        )
