"""A codebook that is told by the level of each of its codes."""

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from quant.codebook.contract import IntArray, finite

__all__ = ["TableCodebook"]


class TableCodebook(ABC):
    """What follows from the level of every code; see :class:`~quant.codebook.contract.Codebook`.

    Where several codes stand for a level, the smallest one encodes it.
    """

    @property
    @abstractmethod
    def code_width(self) -> int:
        """Bits per stored weight."""

    @property
    @abstractmethod
    def table(self) -> IntArray:
        """Level of each code, shape (2**code_width,)."""

    @cached_property
    def levels(self) -> IntArray:
        """Every level, ascending."""
        return np.unique(self.table)

    @cached_property
    def _first_codes(self) -> IntArray:
        """Smallest code of each level."""
        return np.unique(self.table, return_index=True)[1].astype(np.int64)

    def decode(self, codes: IntArray) -> IntArray:
        """Levels of ``codes``; raises ValueError for a code wider than ``code_width``."""
        codes = np.asarray(codes, dtype=np.int64)
        if codes.size and (codes.min() < 0 or codes.max() >= 2**self.code_width):
            raise ValueError(f"Codes must fit in {self.code_width} bits")
        return self.table[codes]

    def encode(self, levels: IntArray) -> IntArray:
        """Codes of ``levels``; raises ValueError for a level that is not in the codebook."""
        levels = np.asarray(levels, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.levels, levels), len(self.levels) - 1)
        foreign = self.levels[places] != levels
        if foreign.any():
            raise ValueError(
                f"Level {levels[foreign].flat[0]} is not in the codebook {self.levels.tolist()}"
            )
        return self._first_codes[places]

    def nearest(self, values: NDArray[np.float64]) -> IntArray:
        """Level nearest to each value; a tie goes to the smaller magnitude.

        Raises
        ------
        ValueError
            If a value is NaN or infinite.
        """
        values = finite(values)
        middles = (self.levels[:-1] + self.levels[1:]) / 2
        below = np.searchsorted(middles, values, side="left")
        above = np.searchsorted(middles, values, side="right")
        return self.levels[np.where(values < 0, above, below)]
