"""Lanes laid out for LUT4s, and an adder tree."""

from typing import ClassVar

from quant.codebook import PowerOfTwo
from shiftconv.gateware.dot_products._lane_tree import LaneTree
from shiftconv.gateware.dot_products._lut4_lane import Lut4Lane

__all__ = ["Lut4Tree"]


class Lut4Tree(LaneTree):
    """As :class:`Tree`, but where there are LUT4s each lane is a netlist of them.

    For weights that are known at run time only: synthesis simplifies no such lane.
    """

    kind: ClassVar[str] = "lut4_tree"
    lane: ClassVar[str] = "svpe"
    codebook_type: ClassVar[type] = PowerOfTwo

    def make_lane(self) -> Lut4Lane:
        return Lut4Lane(codebook=self.codebook, act=self.act_shape)

    @classmethod
    def takes(cls, codebook: PowerOfTwo) -> bool:
        return codebook.successive or codebook.exponent_width <= 2
