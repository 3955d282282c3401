"""Shift lanes cut into stages of one LUT6, and adders of three operands."""

from typing import ClassVar, cast

from amaranth.hdl import Module

from quant.codebook import Codebook, PowerOfTwo
from shiftconv.gateware.dot_products import DotProduct
from shiftconv.gateware.dot_products._plain_lane import PlainLane
from shiftconv.gateware.dot_products._staged_lane import StagedLane
from shiftconv.gateware.dot_products._ternary_sum import TernarySum

__all__ = ["TernaryTree"]


class TernaryTree(DotProduct):
    """Made for AMD's FPGAs: LUT6_2 for the lanes, three-input adders on the carry chains.

    The accumulator is the last adder's third operand.
    """

    kind: ClassVar[str] = "ternary_tree"
    lane: ClassVar[str] = "svpe"
    codebook_type: ClassVar[type] = PowerOfTwo

    @classmethod
    def takes(cls, codebook: PowerOfTwo) -> bool:
        return StagedLane.takes(codebook)

    @classmethod
    def latency_of(cls, codebook: Codebook, lanes: int) -> int:
        return StagedLane.latency_of(cast(PowerOfTwo, codebook)) + TernarySum.latency_of(lanes)

    def elaborate(self, platform):
        m = Module()
        # A plain lane takes fewer tables only where there is no shift to share them with.
        flips = self.codebook.max_shift == 0
        in_threes = self.lanes // 3 * 3
        lanes = [
            (PlainLane if flips and n % 3 == 2 and n < in_threes else StagedLane)(
                codebook=self.codebook, act=self.act_shape
            )
            for n in range(self.lanes)
        ]
        reach = 2 ** (lanes[0].term_shape.width - 1)
        m.submodules.tree = tree = TernarySum(
            n_terms=self.lanes,
            n_ones=self.lanes,
            term_range=(-reach, reach - 1),
            acc_width=self.acc_width,
            flips=flips,
        )
        m.d.comb += [
            tree.en.eq(self.en),
            tree.restart.eq(self.restart),
            tree.accumulate.eq(self.accumulate),
            self.total.eq(tree.total),
        ]
        for n, lane in enumerate(lanes):
            m.submodules[f"lane{n}"] = lane
            m.d.comb += [
                lane.en.eq(self.en),
                lane.act.eq(self.act[n]),
                lane.code.eq(self.code[n]),
                tree.terms[n].eq(lane.term),
                tree.ones[n].eq(lane.one),
            ]
        return m
