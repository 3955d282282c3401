"""Paper D: prune and quantize in parallel, on full-precision weights."""

from itertools import pairwise
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from quant.codebook import IndexedLevels, PowerOfTwo
from quant.training.master import MasterWeights
from quant.training.methods import Method, Place

__all__ = ["ClipQ"]

PRUNED = 0.2
RENEWALS = 100
SETTLED = 0.75
ENTRY_BITS = 8


class ClipQ(Method):
    """In each step a fifth of the positive and of the negative weights are zero: the smallest.

    The others have the nearest level that is not zero. All learn in full precision, so a pruned
    weight may come back. Levels of a layer's own codebook become the mean of their weights, a
    hundred times over the training, until three quarters of it are done. Other codebooks keep
    theirs; without a zero among its levels, nothing is pruned.

    Notes
    -----
    A level is the mean of the weights that have it, not those of an interval of fixed width, and
    is rounded to what the lanes of the codebook at the start can do: a power of two, a sum or
    difference of two, else an integer of 8 bits.

    References
    ----------
    Tung, Mori: CLIP-Q: Deep Network Compression Learning by In-Parallel Pruning-Quantization, CVPR
    2018. Cheng, Lin, Shih: An Efficient Implementation of CNN With CLIP-Q Quantization on FPGA,
    IEEE TCAS-I 69(10), 2022: a fifth pruned in every layer.
    """

    kind: ClassVar[str] = "clip-q"

    turn: Tensor

    def __init__(self, master: MasterWeights, place: Place) -> None:
        super().__init__(master, place)
        self.register_buffer("turn", torch.tensor(0))
        terms = master.codebook.terms
        shifts = isinstance(terms[0].codebook, PowerOfTwo)
        own = isinstance(master.codebook, IndexedLevels)
        self.allowed = _allowed(len(terms) if shifts else 0) if own else None

    def at(self, done: float) -> None:
        turn = int(min(done, SETTLED) * RENEWALS)
        if self.allowed is not None and turn > int(self.turn):
            self._renew(self.allowed)
        self.turn.fill_(turn)

    @torch.no_grad()
    def _renew(self, allowed: NDArray[np.int64]) -> None:
        """Move the levels to the means of their weights, unless two would become one."""
        scaled, levels = self.master.real() / self.master.scale, self.levels()
        entries = []
        for entry in self.master.table:
            members = scaled[levels == entry]
            mean = float(members.mean()) if entry and len(members) else float(entry)
            entries.append(int(allowed[np.abs(allowed - mean).argmin()]))
        if all(low < high for low, high in pairwise(entries)):
            self.master.use(IndexedLevels(tuple(entries)))

    def learning(self) -> Tensor:
        real = self.master.real()
        return real + (self.levels() * self.master.scale - real).detach()

    @torch.no_grad()
    def levels(self) -> Tensor:
        table = self.master.table
        if not (table == 0).any():
            return self.master.nearest()
        real = self.master.real()
        kept = table[table != 0]
        found = kept[torch.bucketize(real / self.master.scale, (kept[1:] + kept[:-1]) / 2)]
        for sign in (-1, 1):
            size = (real * sign).clamp(min=0)
            n_pruned = int(PRUNED * int((size > 0).sum()))
            if n_pruned:
                edge = size[size > 0].kthvalue(n_pruned).values
                found = found.masked_fill((size > 0) & (size <= edge), 0.0)
        return found.masked_fill(real == 0, 0.0)


def _allowed(n_terms: int) -> NDArray[np.int64]:
    """Integers of 8 bits: any, or those that are a sum of at most ``n_terms`` powers of two."""
    lowest, highest = -(2 ** (ENTRY_BITS - 1)), 2 ** (ENTRY_BITS - 1) - 1
    if not n_terms:
        return np.arange(lowest, highest + 1)
    powers = 2 ** np.arange(ENTRY_BITS)
    terms = np.concatenate([-powers, [0], powers])
    sums = np.unique(terms if n_terms == 1 else np.add.outer(terms, terms))
    return sums[(sums >= lowest) & (sums <= highest)]
