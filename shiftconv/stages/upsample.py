"""Nearest neighbour as a stage."""

from collections.abc import Sequence
from typing import ClassVar

from quant.layers import upsample
from shiftconv.gateware.beat import act_shape, n_beats
from shiftconv.gateware.beat_times import BeatTimes, window_walking
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.upsample import Upsample
from shiftconv.stages._elementwise import ElementwiseStage

__all__ = ["UpsampleStage"]


class UpsampleStage(ElementwiseStage):
    """An :class:`Upsample` component."""

    kind: ClassVar[str] = "upsample"

    layer: upsample.Upsample

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
        depth = Upsample.n_rows(row_beats) * row_beats
        return (MemoryShape(depth=depth, width=word, name="rows"),)

    @property
    def patience(self) -> int | None:
        return 1

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        (_, width, channels), factor = self.layer.in_shape, self.layer.factor
        row_beats = width * n_beats(channels, self.in_par)
        rows = offers[0][:, row_beats - 1 :: row_beats].repeat(factor, axis=1) + 1
        # One cycle less than from a line buffer: what its memory gives needs no padding.
        return window_walking(rows, row_beats * factor, 1) - 1

    def component(self) -> Upsample:
        height, width, channels = self.layer.in_shape
        return Upsample(
            height=height,
            width=width,
            channels=channels,
            factor=self.layer.factor,
            shape=act_shape(self.layer.in_format),
            par=self.folding.par,
            kind=self.memory_kinds.get("rows"),
        )
