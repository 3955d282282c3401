"""Vector processing element with multipliers."""

from typing import ClassVar

from quant.codebook import TwosComplement
from shiftconv.gateware.multiplier import Multiplier
from shiftconv.gateware.processing import ProcessingElement

__all__ = ["VPE"]


class VPE(ProcessingElement):
    """The baseline that every comparison names: the same ports, any integer weights."""

    kind: ClassVar[str] = "vpe"
    codebook_type: ClassVar[type] = TwosComplement

    def lane(self) -> Multiplier:
        return Multiplier(codebook=self.codebook, act=self.act)
