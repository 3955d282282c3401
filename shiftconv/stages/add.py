"""Sum of branches as a stage."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from quant.layers import add
from shiftconv.gateware.add import Add
from shiftconv.gateware.beat_times import BeatTimes, in_turn
from shiftconv.stages._elementwise import ElementwiseStage

__all__ = ["AddStage"]


class AddStage(ElementwiseStage):
    """An :class:`Add` component."""

    kind: ClassVar[str] = "add"

    layer: add.Add

    @property
    def patience(self) -> int | None:
        return 2

    def takes(self, offers: Sequence[BeatTimes]) -> Sequence[BeatTimes]:
        return [in_turn(np.maximum.reduce(offers))] * len(offers)

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        return self.takes(offers)[0] + 2

    def component(self) -> Add:
        return Add(
            in_formats=tuple(fmt for _, fmt in self.layer.inputs),
            out_format=self.layer.out_format,
            channels=self.layer.in_shape[2],
            par=self.folding.par,
            n_pixels=self.n_pixels,
        )
