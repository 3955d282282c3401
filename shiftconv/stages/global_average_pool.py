"""Mean over the image as a stage."""

from collections.abc import Sequence
from typing import ClassVar

from quant.layers import global_average_pool
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.beat_times import BeatTimes
from shiftconv.gateware.global_average_pool import GlobalAveragePool
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.quotient import signed_width
from shiftconv.stages._elementwise import ElementwiseStage

__all__ = ["GlobalAveragePoolStage"]


class GlobalAveragePoolStage(ElementwiseStage):
    """A :class:`GlobalAveragePool` component."""

    kind: ClassVar[str] = "global_average_pool"

    layer: global_average_pool.GlobalAveragePool

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.layer.in_shape[0],)

    @property
    def memories(self) -> tuple[MemoryShape, ...]:
        n_groups = n_beats(self.layer.in_shape[2], self.in_par)
        fmt = self.layer.in_format
        width = self.in_par * signed_width(self.n_pixels * fmt.lo, self.n_pixels * fmt.hi)
        if n_groups == 1:
            return ()
        return (MemoryShape(depth=n_groups, width=width, name="sums"),)

    @property
    def patience(self) -> int | None:
        return 2

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        return offers[0][:, -n_beats(self.layer.in_shape[2], self.in_par) :] + 3

    def component(self) -> GlobalAveragePool:
        return GlobalAveragePool(
            act_format=self.layer.in_format,
            channels=self.layer.in_shape[2],
            par=self.folding.par,
            n_pixels=self.n_pixels,
            kind=self.memory_kinds.get("sums"),
        )
