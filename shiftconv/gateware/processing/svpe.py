"""Shift vector processing element."""

from typing import ClassVar

from quant.codebook import PowerOfTwo
from shiftconv.gateware.lane import Lane
from shiftconv.gateware.processing import ProcessingElement

__all__ = ["SVPE"]


class SVPE(ProcessingElement):
    """Processing element whose products are shifts (Chen et al., IEEE TNNLS 2021, Sec. V-A)."""

    kind: ClassVar[str] = "svpe"
    codebook_type: ClassVar[type] = PowerOfTwo

    def lane(self) -> Lane:
        return Lane(codebook=self.codebook, act=self.act)
