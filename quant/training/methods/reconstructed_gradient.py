"""Paper A: weights that glide onto the staircase."""

from typing import ClassVar

import torch
from torch import Tensor

from quant.training.master import MasterWeights
from quant.training.methods import Method, Place

__all__ = ["ReconstructedGradient"]


class ReconstructedGradient(Method):
    """Forwards ``(1 - alpha) * staircase(W) + alpha * W``, whose gradient is ``alpha``.

    ``1 - alpha`` grows geometrically from one half to one over the training, as in the authors'
    code. A network in use has the staircase alone.

    References
    ----------
    Chen, Liu, Liu, Zeng: A Learning Framework for n-bit Quantized Neural Networks toward FPGAs.
    IEEE TNNLS 2021, equations 14, 15 and 23.
    """

    kind: ClassVar[str] = "reconstructed-gradient"

    alpha: Tensor

    def __init__(self, master: MasterWeights, place: Place) -> None:
        super().__init__(master, place)
        self.register_buffer("alpha", torch.tensor(0.5))

    def at(self, done: float) -> None:
        self.alpha.fill_(1 - 0.5 ** (1 - done))

    def learning(self) -> Tensor:
        return self.master.staircase().lerp(self.master.real(), self.alpha)
