"""Multipliers as the tool infers them, and an adder tree."""

from typing import ClassVar

from quant.codebook import TwosComplement
from shiftconv.gateware.dot_products._lane_tree import LaneTree
from shiftconv.gateware.multiplier import Multiplier

__all__ = ["MultiplierTree"]


class MultiplierTree(LaneTree):
    """The VPE, as plain multiplications: any integer weights."""

    kind: ClassVar[str] = "multiplier_tree"
    lane: ClassVar[str] = "vpe"
    codebook_type: ClassVar[type] = TwosComplement

    def make_lane(self) -> Multiplier:
        return Multiplier(codebook=self.codebook, act=self.act_shape)
