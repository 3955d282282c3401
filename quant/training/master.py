"""Full-precision weights that learn, and the levels nearest to them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from quant.codebook import Codebook, IndexedLevels
from quant.quantizers import QuantizedWeights

__all__ = ["MasterWeights"]


class MasterWeights(nn.Module):
    """Weights of a layer in full precision, and the grid that they are to lie on.

    They learn in units of their channel's root mean square, so that one learning rate suits all
    channels.

    Parameters
    ----------
    weights : ndarray of float64, shape (..., c_out)
    start : QuantizedWeights
        Grid, and where to begin: each weight is moved into the cell of the level that it has there.

    Members
    -------
    values : Parameter, shape (..., c_out)
        In units of ``unit``.
    """

    unit: Tensor
    exponents: Tensor
    table: Tensor

    def __init__(self, weights: NDArray[np.float64], start: QuantizedWeights) -> None:
        super().__init__()
        unit = np.sqrt(np.mean(np.square(weights.reshape(-1, weights.shape[-1])), axis=0))
        unit = np.where(unit > 0, unit, 1.0)
        self.register_buffer("unit", torch.tensor(unit, dtype=torch.float32))
        self.register_buffer("exponents", torch.tensor(start.exponents))
        self.register_buffer("table", torch.empty(0))
        self.use(start.codebook)
        scale = np.ldexp(1.0, start.exponents)
        inside = _within_cells(weights / scale, start.levels, start.codebook)
        self.values = nn.Parameter(torch.tensor(inside * scale / unit, dtype=torch.float32))

    def use(self, codebook: Codebook) -> None:
        """Take the levels from another codebook."""
        self._codebook = codebook
        self.table = torch.tensor(codebook.levels, dtype=torch.float32)

    @property
    def codebook(self) -> Codebook:
        """Where the levels come from; a layer's own as it is now, a checkpoint's too."""
        if isinstance(self._codebook, IndexedLevels):
            return IndexedLevels(tuple(int(entry) for entry in self.table))
        return self._codebook

    @property
    def scale(self) -> Tensor:
        """What the level one stands for in each channel, shape (c_out,)."""
        return torch.ldexp(torch.ones_like(self.unit), self.exponents)

    def real(self) -> Tensor:
        """Weights in full precision."""
        return self.values * self.unit

    @torch.no_grad()
    def nearest(self) -> Tensor:
        """Nearest level of each weight, as float32."""
        middles = (self.table[1:] + self.table[:-1]) / 2
        return self.table[torch.bucketize(self.real() / self.scale, middles)]

    @torch.no_grad()
    def staircase(self) -> Tensor:
        """What the nearest levels stand for."""
        return self.nearest() * self.scale


def _within_cells(
    values: NDArray[np.float64], levels: NDArray[np.int64], codebook: Codebook
) -> NDArray[np.float64]:
    """``values`` moved as little as needed for ``levels`` to be the nearest ones."""
    table = codebook.levels.astype(np.float64)
    at = np.searchsorted(codebook.levels, levels)
    middles = (table[1:] + table[:-1]) / 2
    margin = np.diff(table, append=table[-1] + 1, prepend=table[0] - 1).min() / 64
    lowest = np.concatenate([[-np.inf], middles + margin])
    highest = np.concatenate([middles - margin, [np.inf]])
    return np.clip(values, lowest[at], highest[at])
