"""Straight-through estimator."""

from typing import ClassVar

from torch import Tensor

from quant.training.methods import Method

__all__ = ["StraightThrough"]


class StraightThrough(Method):
    """Forwards the nearest levels, backwards the identity (Bengio et al., arXiv 1308.3432)."""

    kind: ClassVar[str] = "straight-through"

    def learning(self) -> Tensor:
        real = self.master.real()
        return real + (self.master.staircase() - real).detach()
