"""Max pooling as a stage."""

from collections.abc import Iterator
from typing import Any, ClassVar

from quant.layers import max_pool
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.folding import PoolFolding
from shiftconv.gateware.max_pool import MaxPool
from shiftconv.gateware.read_order import SlidingSteps
from shiftconv.gateware.row_schedule import RowSchedule
from shiftconv.stages import Stage, useful_parallelisms

__all__ = ["MaxPoolStage"]


class MaxPoolStage(Stage):
    """A :class:`MaxPool` component."""

    kind: ClassVar[str] = "max_pool"
    folding_type: ClassVar[type] = PoolFolding

    layer: max_pool.MaxPool
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
    def memory_bits(self) -> int:
        layer = self.layer
        return self.folding.window_memory_bits(
            layer.geometry, layer.in_shape[2], layer.in_format.width
        )

    @property
    def schedule(self) -> RowSchedule:
        geometry = self.layer.geometry
        return RowSchedule(geometry, geometry.width * n_beats(self.layer.in_shape[2], self.in_par))

    @property
    def row_cycles(self) -> int:
        return self.folding.row_cycles(self.layer.geometry, self.layer.in_shape[2])

    @property
    def latency(self) -> int:
        n_in = n_beats(self.layer.in_shape[2], self.in_par)
        pending = SlidingSteps(self.layer.geometry).n_pending
        return 2 + (2 + pending * n_in if self.folding.mode == "sliding" else 0)

    @property
    def cost(self) -> float:
        bits = self.folding.in_par * self.layer.in_format.width
        return 100 + bits * (2 + 1.5 * self.folding.values(self.layer.geometry))

    def component(self) -> MaxPool:
        return MaxPool(
            geometry=self.layer.geometry,
            channels=self.layer.in_shape[2],
            act_format=self.layer.in_format,
            folding=self.folding,
        )
