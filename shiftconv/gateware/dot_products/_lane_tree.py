"""Lanes, an adder tree and an accumulator, whatever the lanes are."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring

from quant.codebook import Codebook
from shiftconv.gateware.adder_tree import AdderTree
from shiftconv.gateware.dot_products import DotProduct

__all__ = ["LaneTree"]


class LaneTree(DotProduct):
    """A register behind each lane, one behind each adder, the accumulator's own behind all."""

    @classmethod
    def latency_of(cls, codebook: Codebook, lanes: int) -> int:
        return 2 + (lanes - 1).bit_length()

    def make_lane(self) -> wiring.Component:
        """A new lane: ``act``, ``code`` in, ``term``, ``ones`` out."""
        raise NotImplementedError

    def elaborate(self, platform):
        m = Module()

        # Lanes, then a register.
        lanes = [self.make_lane() for _ in range(self.lanes)]
        width = lanes[0].term_width
        m.submodules.tree = tree = AdderTree(n_terms=self.lanes, term_width=width)
        m.d.comb += tree.en.eq(self.en)
        for n, lane in enumerate(lanes):
            m.submodules[f"lane{n}"] = lane
            m.d.comb += [lane.act.eq(self.act[n]), lane.code.eq(self.code[n])]
            term = Signal(signed(width), reset_less=True, name=f"term{n}")
            ones = Signal(reset_less=True, name=f"ones{n}")
            with m.If(self.en):
                m.d.sync += [term.eq(lane.term), ones.eq(lane.ones)]
            m.d.comb += [tree.terms[n].eq(term), tree.ones[n].eq(ones)]

        with m.If(self.en & self.accumulate):
            m.d.sync += self.total.eq(Mux(self.restart, 0, self.total) + tree.total + tree.one)
        return m
