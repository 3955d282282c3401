"""Chains of up to four lanes, for the ECP5."""

from typing import ClassVar

from shiftconv.gateware.dot_products._lane_chains import LaneChains

__all__ = ["Lut4Chain"]


class Lut4Chain(LaneChains):
    """Fewest LUTs: longer chains save less than one more for each lane.

    Operands wait for up to two cycles, so that narrow lanes have more flip-flops than LUTs.
    """

    kind: ClassVar[str] = "lut4_chain"
    longest: ClassVar[int] = 4
