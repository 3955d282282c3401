"""Multiplier blocks in a cascade that adds up and accumulates by itself."""

from typing import ClassVar

from amaranth.hdl import Module

from quant.codebook import Codebook, TwosComplement
from shiftconv.gateware.dot_products import DotProduct
from shiftconv.gateware.dsp_cascade import DspCascade

__all__ = ["VpeDsp"]


class VpeDsp(DotProduct):
    """The VPE at its best on UltraScale+: one DSP48E2 and no LUT for each product."""

    kind: ClassVar[str] = "dsp_cascade"
    lane: ClassVar[str] = "vpe"
    codebook_type: ClassVar[type] = TwosComplement

    @classmethod
    def latency_of(cls, codebook: Codebook, lanes: int) -> int:
        return DspCascade.latency

    def elaborate(self, platform):
        m = Module()
        m.submodules.cascade = cascade = DspCascade(lanes=self.lanes)
        m.d.comb += [
            cascade.en.eq(self.en),
            cascade.restart.eq(self.restart),
            cascade.accumulate.eq(self.accumulate),
            self.total.eq(cascade.total),
        ]
        for n in range(self.lanes):
            m.d.comb += [
                cascade.high[n].eq(self.act[n]),
                cascade.b[n].eq(self.code[n].as_signed()),
            ]
        return m
