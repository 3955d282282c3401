"""Nearest neighbour as a stage."""

from typing import ClassVar

from quant.layers import upsample
from shiftconv.gateware.beat import act_shape, n_beats
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.upsample import Upsample
from shiftconv.stages._elementwise import ElementwiseStage

__all__ = ["UpsampleStage"]


class UpsampleStage(ElementwiseStage):
    """An :class:`Upsample` component."""

    kind: ClassVar[str] = "upsample"

    layer: upsample.Upsample

    @property
    def cycles(self) -> int:
        return self.layer.out_shape[0] * self.row_cycles

    @property
    def needs(self) -> tuple[int, ...]:
        return tuple(row // self.layer.factor + 1 for row in range(self.layer.out_shape[0]))

    @property
    def streams(self) -> bool:
        return False

    @property
    def memories(self) -> tuple[MemoryShape, ...]:
        row_beats = self.layer.in_shape[1] * n_beats(self.layer.in_shape[2], self.in_par)
        word = self.in_par * self.layer.in_format.width
        return (MemoryShape(depth=Upsample.n_rows(row_beats) * row_beats, width=word),)

    @property
    def latency(self) -> int:
        return 0

    @property
    def cost(self) -> float:
        return 80 + self.memory_bits / 60

    def component(self) -> Upsample:
        height, width, channels = self.layer.in_shape
        return Upsample(
            height=height,
            width=width,
            channels=channels,
            factor=self.layer.factor,
            shape=act_shape(self.layer.in_format),
            par=self.folding.par,
        )
