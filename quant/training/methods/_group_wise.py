"""Partition, quantize, retrain: weights become levels group by group, and stay so."""

from abc import abstractmethod

import torch
from torch import Tensor

from quant.training.master import MasterWeights
from quant.training.methods import Method, Place

__all__ = ["GroupWise"]


class GroupWise(Method):
    """The largest weights are fixed at their nearest levels, the others go on learning.

    The others are used in full precision and make up for what was lost.
    """

    fixed: Tensor
    is_fixed: Tensor

    def __init__(self, master: MasterWeights, place: Place) -> None:
        super().__init__(master, place)
        self.register_buffer("fixed", torch.zeros_like(master.values))
        self.register_buffer("is_fixed", torch.zeros_like(master.values, dtype=torch.bool))

    @abstractmethod
    def fraction(self, done: float) -> float:
        """Part of the weights that shall be fixed when ``done`` of all steps is done."""

    @torch.no_grad()
    def at(self, done: float) -> None:
        n_fixed = round(self.fraction(done) * self.is_fixed.numel())
        n_more = n_fixed - int(self.is_fixed.sum())
        if n_more <= 0:
            return
        real, nearest = self.master.real(), self.master.nearest()
        size = real.abs().masked_fill(self.is_fixed, -1.0).reshape(-1)
        chosen = torch.zeros_like(self.is_fixed)
        chosen.view(-1)[size.topk(n_more).indices] = True
        self.fixed.copy_(torch.where(chosen, nearest, self.fixed))
        self.is_fixed |= chosen

    def learning(self) -> Tensor:
        return torch.where(self.is_fixed, self.fixed * self.master.scale, self.master.real())

    def levels(self) -> Tensor:
        return torch.where(self.is_fixed, self.fixed, self.master.nearest())
