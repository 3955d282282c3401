"""LUT multipliers, and adders of three operands."""

from typing import ClassVar

from amaranth.hdl import Module, Signal, signed

from quant.codebook import Codebook, TwosComplement
from shiftconv.gateware.booth_lane import BoothLane
from shiftconv.gateware.dot_products import DotProduct
from shiftconv.gateware.dot_products._ternary_sum import TernarySum

__all__ = ["VpeBoothTernary"]


class VpeBoothTernary(DotProduct):
    """The VPE without multiplier blocks at its best on AMD's FPGAs.

    A row of a multiplier forms and adds in one LUT6 a bit, and three operands are added in one LUT
    a bit.
    """

    kind: ClassVar[str] = "booth_ternary"
    lane: ClassVar[str] = "vpe"
    codebook_type: ClassVar[type] = TwosComplement

    @classmethod
    def latency_of(cls, codebook: Codebook, lanes: int) -> int:
        return 1 + TernarySum.latency_of(lanes)

    def elaborate(self, platform):
        m = Module()
        lanes = [BoothLane(codebook=self.codebook, act=self.act_shape) for _ in range(self.lanes)]
        width = lanes[0].term_width
        m.submodules.tree = tree = TernarySum(
            n_terms=self.lanes,
            n_ones=self.lanes,
            term_range=(-(2 ** (width - 1)), 2 ** (width - 1) - 1),
            acc_width=self.acc_width,
        )
        m.d.comb += [
            tree.en.eq(self.en),
            tree.restart.eq(self.restart),
            tree.accumulate.eq(self.accumulate),
            self.total.eq(tree.total),
        ]
        for n, lane in enumerate(lanes):
            m.submodules[f"lane{n}"] = lane
            m.d.comb += [lane.act.eq(self.act[n]), lane.code.eq(self.code[n])]
            term = Signal(signed(width), reset_less=True, name=f"term{n}")
            one = Signal(reset_less=True, name=f"one{n}")
            with m.If(self.en):
                m.d.sync += [term.eq(lane.term), one.eq(lane.ones)]
            m.d.comb += [tree.terms[n].eq(term), tree.ones[n].eq(one)]
        return m
