"""Shift lanes with the signs' ones on the carry inputs of an adder tree."""

from typing import ClassVar

from quant.codebook import PowerOfTwo
from shiftconv.gateware.dot_products._lane_tree import LaneTree
from shiftconv.gateware.lane import Lane

__all__ = ["Tree"]


class Tree(LaneTree):
    """Lanes of ones' complements, then two-input adders whose carry inputs take the ones.

    The SVPE of Chen et al., IEEE TNNLS 2021, Sec. V-A, its signs moved out of the lanes.
    """

    kind: ClassVar[str] = "tree"
    lane: ClassVar[str] = "svpe"
    codebook_type: ClassVar[type] = PowerOfTwo

    def make_lane(self) -> Lane:
        return Lane(codebook=self.codebook, act=self.act_shape)

    @classmethod
    def takes(cls, codebook: PowerOfTwo) -> bool:
        return True
