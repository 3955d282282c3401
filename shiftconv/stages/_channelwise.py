"""What stages share that treat each channel's windows by themselves."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from shiftconv.gateware.beat_times import BeatTimes
from shiftconv.gateware.folding import PoolFolding
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.row_schedule import RowSchedule
from shiftconv.stages import Stage, useful_parallelisms

__all__ = ["ChannelwiseStage"]


class ChannelwiseStage(Stage):
    """Pooling and depthwise convolution: the layer has a ``geometry``."""

    folding_type: ClassVar[type] = PoolFolding

    folding: PoolFolding

    @classmethod
    def foldings(cls, layer: Any) -> Iterator[PoolFolding]:
        for mode in ("pixel", "column", "sliding"):
            for in_par in useful_parallelisms(layer.in_shape[2]):
                yield PoolFolding(mode=mode, in_par=in_par)

    @property
    def in_par(self) -> int:
        return self.folding.in_par

    @property
    def out_par(self) -> int:
        return self.folding.in_par

    @property
    def cycles(self) -> int:
        return self.folding.cycles(self.layer.geometry, self.layer.in_shape[2])

    @property
    def window_memories(self) -> tuple[MemoryShape, ...]:
        """Memories of rows and columns."""
        layer = self.layer
        return self.folding.window_memories(
            layer.geometry, layer.in_shape[2], layer.in_format.width
        )

    @property
    def memories(self) -> tuple[MemoryShape, ...]:
        return self.window_memories

    @property
    def needs(self) -> tuple[int, ...]:
        return RowSchedule(self.layer.geometry, 1).needs

    def window_times(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        """When the last word of each window and group of channels is there."""
        layer = self.layer
        return self.folding.window_times(offers[0], layer.geometry, layer.in_shape[2])
