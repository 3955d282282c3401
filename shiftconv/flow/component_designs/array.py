"""An array of processing elements."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from amaranth.lib import wiring

from shiftconv.flow.component_designs import ComponentDesign
from shiftconv.gateware.array import Array
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.packing import concatenate

__all__ = ["ArrayDesign"]


@dataclass(frozen=True, kw_only=True)
class ArrayDesign(ComponentDesign):
    """Processing elements that share activations.

    Parameters
    ----------
    lanes : int
        Of each element.
    out_par : int
        Number of elements.
    folds : int
        Folds of a window, which the accumulator must hold.
    """

    kind: ClassVar[str] = "array"

    lanes: int = 16
    out_par: int = 4
    folds: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.folds < 1:
            raise ValueError(f"Folds must be a positive integer, not {self.folds!r}")

    @property
    def n_lanes(self) -> int:
        return self.lanes * self.out_par * self.n_terms

    @property
    def acc_width(self) -> int:
        """Bits that no sum can overflow."""
        largest = int(np.abs(self.codebook.levels).max()) * self.act_format.max_abs
        return (largest * self.lanes * self.folds).bit_length() + 1

    def component(self) -> wiring.Component:
        return Array(
            codebook=self.codebook,
            act=act_shape(self.act_format),
            lanes=self.lanes,
            out_par=self.out_par,
            acc_width=self.acc_width,
            structure=self._structure_for(self.lanes),
        )

    def stimulus(
        self, rng: np.random.Generator, n: int, *, stationary: bool = False
    ) -> tuple[dict[str, list[int]], list[int]]:
        """As for any component; ``stationary`` weights are the same for every window."""
        fmt, codebook = self.act_format, self.codebook
        act = rng.integers(fmt.lo, fmt.hi + 1, (n, self.folds, self.lanes))
        shape = (1 if stationary else n, self.folds, self.out_par, self.lanes)
        levels = np.broadcast_to(rng.choice(codebook.levels, shape), (n, *shape[1:]))
        dots = np.einsum("nfl,nfol->no", act, levels)
        code_width = codebook.code_width
        n_codes = self.out_par * self.lanes
        payloads = [
            concatenate(act[w, f], self.act_width)
            | concatenate(codebook.encode(levels[w, f]), code_width) << self.lanes * self.act_width
            | (f == self.folds - 1) << self.lanes * self.act_width + n_codes * code_width
            for w in range(n)
            for f in range(self.folds)
        ]
        return {"i": payloads}, [concatenate(row, self.acc_width) for row in dots]
