"""Fully connected layer as a stage."""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from quant.layers.conv2d import Conv2d
from quant.layers.dense import Dense
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.conv_engine import ConvEngine
from shiftconv.gateware.folding import ConvFolding
from shiftconv.stages import Stage, useful_parallelisms
from shiftconv.stages.conv2d import Conv2dStage

__all__ = ["DenseStage"]


@lru_cache(maxsize=256)
def _one_pixel(layer: Dense, in_par: int) -> Conv2d:
    """The layer as a convolution of one pixel, idle channels included."""
    height, width, channels = layer.in_shape
    # Idle channels carry zero, so any level does.
    filler = min(layer.codebook.levels, key=abs)
    levels = np.pad(
        layer.levels.reshape(height * width, channels, -1),
        ((0, 0), (0, -channels % in_par), (0, 0)),
        constant_values=filler,
    )
    n_in = height * width * n_beats(channels, in_par) * in_par
    return Conv2d(
        in_shape=(1, 1, n_in),
        in_format=layer.in_format,
        out_format=layer.out_format,
        codebook=layer.codebook,
        levels=levels.reshape(1, 1, n_in, -1),
        bias=layer.bias,
        shift=layer.shift,
    )


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
    def _convolution(self) -> Conv2dStage:
        convolution = _one_pixel(self.layer, self.folding.in_par)
        return Conv2dStage(self.name, convolution, self.folding, self.target)

    @property
    def in_par(self) -> int:
        return self.folding.in_par

    @cached_property
    def out_par(self) -> int:
        return self._convolution.out_par

    @cached_property
    def cycles(self) -> int:
        return self._convolution.cycles

    @property
    def lanes(self) -> int:
        return self._convolution.lanes

    @property
    def folds(self) -> str:
        return self._convolution.folds

    @property
    def memory_bits(self) -> int:
        return self._convolution.memory_bits

    @cached_property
    def cost(self) -> float:
        return self._convolution.cost

    @property
    def needs(self) -> tuple[int, ...]:
        return (self.layer.in_shape[0],)

    @property
    def row_cycles(self) -> int:
        return self._convolution.row_cycles

    @property
    def latency(self) -> int:
        return self._convolution.latency

    def component(self) -> ConvEngine:
        return self._convolution.component()
