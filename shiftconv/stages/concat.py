"""Branches side by side as a stage."""

from collections.abc import Sequence
from math import gcd
from typing import Any, ClassVar

import numpy as np

from quant.layers import concat
from shiftconv.gateware.beat_times import BeatTimes, in_turn
from shiftconv.gateware.concat import Concat
from shiftconv.stages._elementwise import ElementwiseStage

__all__ = ["ConcatStage"]


class ConcatStage(ElementwiseStage):
    """A :class:`Concat` component."""

    kind: ClassVar[str] = "concat"

    layer: concat.Concat

    @classmethod
    def parallelisms(cls, layer: Any) -> list[int]:
        common = gcd(*(shape[2] for shape, _ in layer.inputs))
        return [par for par in range(1, common + 1) if common % par == 0]

    @property
    def _alignment(self) -> int:
        """Cycles in which inputs are brought to the output's format."""
        return 2 if any(fmt != self.layer.out_format for _, fmt in self.layer.inputs) else 0

    @property
    def patience(self) -> int | None:
        return 2 if self._alignment else None

    def _turns(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        """When beats are taken, shape (frames, pixels, beats of a pixel)."""
        counts = [shape[2] // self.folding.par for shape, _ in self.layer.inputs]
        pixels = [times.reshape(len(times), -1, n) for times, n in zip(offers, counts, strict=True)]
        there = np.concatenate(pixels, axis=2)
        return in_turn(there.reshape(len(there), -1)).reshape(there.shape)

    def takes(self, offers: Sequence[BeatTimes]) -> Sequence[BeatTimes]:
        counts = [shape[2] // self.folding.par for shape, _ in self.layer.inputs]
        parts = np.split(self._turns(offers), np.cumsum(counts)[:-1], axis=2)
        return [part.reshape(len(part), -1) for part in parts]

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        turns = self._turns(offers)
        return turns.reshape(len(turns), -1) + self._alignment

    def component(self) -> Concat:
        return Concat(
            in_formats=tuple(fmt for _, fmt in self.layer.inputs),
            out_format=self.layer.out_format,
            channels=tuple(shape[2] for shape, _ in self.layer.inputs),
            par=self.folding.par,
            n_pixels=self.n_pixels,
        )
