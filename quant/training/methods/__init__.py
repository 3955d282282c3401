"""One file per way for weights to learn their levels."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from quant.registry import find_kinds
from quant.training.master import MasterWeights

__all__ = ["METHODS", "Method", "Place"]


@dataclass(frozen=True)
class Place:
    """Which of the layers with weights, from 0, of how many."""

    index: int
    n_layers: int


class Method(nn.Module, ABC):
    """The weights of one layer while they learn.

    What a method remembers is a buffer, so that a checkpoint holds it.

    Parameters
    ----------
    master : MasterWeights
    place : Place
    """

    kind: ClassVar[str]

    def __init__(self, master: MasterWeights, place: Place) -> None:
        super().__init__()
        self.master = master
        self.place = place

    def at(self, done: float) -> None:
        """Told before each step which fraction of all steps is done."""

    @abstractmethod
    def learning(self) -> Tensor:
        """Real weights for a step of training, with a gradient to the master."""

    @torch.no_grad()
    def levels(self) -> Tensor:
        """Levels that the layer would have if training ended here, as float32."""
        return self.master.nearest()


METHODS = find_kinds(__name__, __path__, Method)  # type: ignore[type-abstract]
