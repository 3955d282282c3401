"""What stages share that treat each channel's windows by themselves."""

from collections.abc import Iterator
from typing import Any, ClassVar

from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.folding import PoolFolding
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.read_order import SlidingSteps
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
    def row_cycles(self) -> int:
        return self.folding.row_cycles(self.layer.geometry, self.layer.in_shape[2])

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

    @property
    def window_latency(self) -> int:
        """Cycles from a row's last word being read to its last window being there."""
        if self.folding.mode != "sliding":
            return 1
        pending = SlidingSteps(self.layer.geometry).n_pending
        return 3 + pending * n_beats(self.layer.in_shape[2], self.in_par)
