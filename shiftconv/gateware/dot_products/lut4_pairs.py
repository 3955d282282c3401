"""Pairs of lanes, for the ECP5."""

from typing import ClassVar

from shiftconv.gateware.dot_products._lane_chains import LaneChains

__all__ = ["Lut4Pairs"]


class Lut4Pairs(LaneChains):
    """Chains of two lanes: no operand waits, so that flip-flops are as few as in a tree."""

    kind: ClassVar[str] = "lut4_pairs"
    longest: ClassVar[int] = 2
