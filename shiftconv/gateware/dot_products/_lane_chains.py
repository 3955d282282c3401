"""Chains of lanes, an adder tree and an accumulator, however long the chains are."""

from typing import ClassVar

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring

from quant.codebook import Codebook, PowerOfTwo
from shiftconv.gateware.adder_tree import AdderTree
from shiftconv.gateware.dot_products import DotProduct
from shiftconv.gateware.dot_products._lane_chain import LaneChain
from shiftconv.gateware.dot_products._shift_stages import mask_signed
from shiftconv.gateware.primitives.ccu2c import LookUpAdder

__all__ = ["LaneChains"]


class LaneChains(DotProduct):
    """Chains of lanes, a tree of two-input adders, an accumulator.

    All lanes of a chain but one do their last step in the LUTs of an adder, where the family's
    adders can do that (ECP5); so does the accumulator that restarts.

    For weights that are known at run time only: synthesis simplifies no such lane.
    """

    lane: ClassVar[str] = "svpe"
    codebook_type: ClassVar[type] = PowerOfTwo

    longest: ClassVar[int]
    """Most lanes of a chain."""

    @classmethod
    def chain_lengths(cls, lanes: int) -> list[int]:
        """Lanes of each chain: as few chains as can be, their lengths differ by one at most."""
        n_chains = -(-lanes // cls.longest)
        return [(lanes + n) // n_chains for n in range(n_chains)]

    @classmethod
    def latency_of(cls, codebook: Codebook, lanes: int) -> int:
        lengths = cls.chain_lengths(lanes)
        return LaneChain.latency_of(max(lengths)) + (len(lengths) - 1).bit_length() + 1

    def elaborate(self, platform):
        m = Module()
        chains = [
            LaneChain(codebook=self.codebook, act=self.act_shape, lanes=lanes)
            for lanes in self.chain_lengths(self.lanes)
        ]
        m.submodules.tree = tree = AdderTree(
            n_terms=len(chains), term_width=max(chain.total_width for chain in chains)
        )
        m.d.comb += tree.en.eq(self.en)
        slowest = max(chain.latency for chain in chains)
        start = 0
        for n, chain in enumerate(chains):
            m.submodules[f"chain{n}"] = chain
            m.d.comb += chain.en.eq(self.en)
            for lane in range(chain.lanes):
                m.d.comb += [
                    chain.act[lane].eq(self.act[start + lane]),
                    chain.code[lane].eq(self.code[start + lane]),
                ]
            start += chain.lanes
            total, one = chain.total, chain.one
            if chain.latency < slowest:
                total = Signal.like(chain.total, reset_less=True, name=f"total{n}")
                one = Signal(reset_less=True, name=f"one{n}")
                with m.If(self.en):
                    m.d.sync += [total.eq(chain.total), one.eq(chain.one)]
            m.d.comb += [tree.terms[n].eq(total), tree.ones[n].eq(one)]

        self._accumulate(m, tree)
        return m

    def _accumulate(self, m: Module, tree: wiring.Component) -> None:
        m.submodules.accumulator = adder = LookUpAdder(width=self.acc_width, function=mask_signed)
        m.d.comb += [
            adder.a.eq(tree.total),
            adder.b.eq(self.total),
            adder.c.eq((~self.restart).replicate(self.acc_width)),
            adder.carry.eq(tree.one),
        ]
        with m.If(self.en & self.accumulate):
            m.d.sync += self.total.eq(adder.total)
