"""LUT multipliers, and a tree of two-input adders."""

from typing import ClassVar

from quant.codebook import TwosComplement
from shiftconv.gateware.booth_lane import BoothLane
from shiftconv.gateware.dot_products._lane_tree import LaneTree

__all__ = ["VpeBooth"]


class VpeBooth(LaneTree):
    """The VPE without multiplier blocks, for any family: Booth's rows, then adders."""

    kind: ClassVar[str] = "booth_tree"
    lane: ClassVar[str] = "vpe"
    codebook_type: ClassVar[type] = TwosComplement

    def make_lane(self) -> BoothLane:
        return BoothLane(codebook=self.codebook, act=self.act_shape)
