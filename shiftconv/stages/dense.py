"""Fully connected layer as a stage."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from quant.geometry import Geometry
from quant.layers import Shape
from quant.layers.dense import Dense
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.beat_times import BeatTimes
from shiftconv.gateware.conv_engine import ConvEngine
from shiftconv.gateware.folding import ConvFolding
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.weight_loader import Load
from shiftconv.stages import Stage, useful_parallelisms
from shiftconv.stages.conv2d import Conv2dStage

__all__ = ["DenseStage"]


@dataclass(frozen=True, eq=False)
class _OnePixel:
    """A dense layer as a convolution of one pixel, idle channels included.

    Idle channels carry zero, so they change no sum and any level does for them. Levels are put in
    order only when they are asked for: plans try many foldings of layers with many weights.
    """

    dense: Dense
    in_par: int

    @property
    def in_shape(self) -> Shape:
        height, width, channels = self.dense.in_shape
        return 1, 1, height * width * n_beats(channels, self.in_par) * self.in_par

    @property
    def geometry(self) -> Geometry:
        return Geometry(1, 1, (1, 1))

    @property
    def levels(self) -> NDArray[np.int64]:
        height, width, channels = self.dense.in_shape
        by_pixel = self.dense.levels.reshape(height * width, channels, -1)
        if channels % self.in_par:
            filler = min(self.dense.codebook.levels, key=abs)
            idle = ((0, 0), (0, -channels % self.in_par), (0, 0))
            by_pixel = np.pad(by_pixel, idle, constant_values=filler)
        return by_pixel.reshape(*self.in_shape, -1)

    def __getattr__(self, name: str) -> Any:
        """All else is the layer's own."""
        return getattr(self.dense, name)


class DenseStage(Stage):
    """A convolution of one pixel that has all the frame's values as channels.

    The stream's beats are taken as they come, pixel after pixel; where a pixel's last beat has idle
    lanes, the one-pixel image has idle channels.
    """

    kind: ClassVar[str] = "dense"
    folding_type: ClassVar[type] = ConvFolding

    layer: Dense
    folding: ConvFolding

    @classmethod
    def foldings(cls, layer: Any) -> Iterator[ConvFolding]:
        for in_par in useful_parallelisms(layer.in_shape[2]):
            for out_par in useful_parallelisms(layer.out_shape[2]):
                for mode in ("pixel", "whole"):
                    yield ConvFolding(mode=mode, in_par=in_par, out_par=out_par)

    @cached_property
    def convolution(self) -> Conv2dStage:
        """The convolution that it is."""
        convolution = _OnePixel(self.layer, self.folding.in_par)
        rest = self.folding, self.target, self.kinds, self.element
        return Conv2dStage(self.name, convolution, *rest)

    @property
    def in_par(self) -> int:
        return self.folding.in_par

    @cached_property
    def out_par(self) -> int:
        return self.convolution.out_par

    @cached_property
    def cycles(self) -> int:
        return self.convolution.cycles

    @property
    def lanes(self) -> int:
        return self.convolution.lanes

    @property
    def structure(self) -> str | None:
        return self.convolution.structure

    @property
    def other_elements(self) -> tuple[str, ...]:
        return self.convolution.other_elements

    @property
    def folds(self) -> str:
        return self.convolution.folds

    @property
    def memories(self) -> tuple[MemoryShape, ...]:
        return self.convolution.memories

    @property
    def kept_memories(self) -> tuple[MemoryShape, ...]:
        return self.convolution.kept_memories

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.layer.in_shape[0],)

    @property
    def patience(self) -> int | None:
        return self.convolution.patience

    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        return self.convolution.departures(offers)

    def earliest_departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        return self.convolution.earliest_departures(offers)

    @property
    def load(self) -> Load | None:
        return self.convolution.load

    def load_words(self) -> list[int]:
        return self.convolution.load_words()

    def component(self) -> ConvEngine:
        return self.convolution.component()
