"""Branches side by side as a stage."""

from math import gcd
from typing import Any, ClassVar

from quant.layers import concat
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
    def latency(self) -> int:
        return 2 if any(fmt != self.layer.out_format for _, fmt in self.layer.inputs) else 0

    @property
    def cost(self) -> float:
        return 30 + 3 * self.bits * len(self.layer.inputs)

    def component(self) -> Concat:
        return Concat(
            in_formats=tuple(fmt for _, fmt in self.layer.inputs),
            out_format=self.layer.out_format,
            channels=tuple(shape[2] for shape, _ in self.layer.inputs),
            par=self.folding.par,
            n_pixels=self.n_pixels,
        )
