"""Multiplier blocks in short chains, each block with its adder."""

from typing import ClassVar

from amaranth.hdl import Module

from quant.codebook import Codebook, TwosComplement
from shiftconv.gateware.dot_products import DotProduct
from shiftconv.gateware.mac_slice import MAX_DELAY, MacSlice
from shiftconv.gateware.sum_slice import SumSlice

__all__ = ["VpeMac"]

# Blocks whose sums ripple within a cycle: 5 ns from cascade to cascade on xc7.
RUN = 4


class VpeMac(DotProduct):
    """The VPE at its best on families whose blocks add one operand: xc7, ice40, nexus, gowin.

    A chain has up to three runs of blocks; operands of a later run wait a move longer, in the
    blocks' own registers. Sums of chains are added three at a time, in blocks too on xc7.
    """

    kind: ClassVar[str] = "mac_chain"
    lane: ClassVar[str] = "vpe"
    codebook_type: ClassVar[type] = TwosComplement

    @classmethod
    def latency_of(cls, codebook: Codebook, lanes: int) -> int:
        n_sums, n_levels = len(cls._chains(lanes)), 0
        while n_sums > 2:
            n_sums, n_levels = -(-n_sums // 3), n_levels + 1
        return MAX_DELAY + 1 + n_levels + 1

    @staticmethod
    def _chains(lanes: int) -> list[range]:
        """Lanes of every chain, as many in each as may be."""
        n_chains = -(-lanes // (RUN * MAX_DELAY))
        return [range(n, lanes, n_chains) for n in range(n_chains)]

    def elaborate(self, platform):
        m = Module()
        sums = [self._chain(m, lanes) for lanes in self._chains(self.lanes)]
        while len(sums) > 2:
            sums = [self._add(m, sums[n : n + 3]) for n in range(0, len(sums), 3)]
        m.d.comb += self.total.eq(self._add(m, sums, accumulates=True).total)
        return m

    def _chain(self, m, lanes: range):
        """Last slice of some lanes."""
        # The last run is there in any case, at the end of each chain of whatever length.
        length = -(-len(lanes) // MAX_DELAY)
        runs = [lanes[max(0, end - length) : end] for end in range(len(lanes), 0, -length)][::-1]
        part = None
        for delay, run in enumerate(runs, start=MAX_DELAY + 1 - len(runs)):
            for lane in run:
                before = part
                part = MacSlice(
                    delay=delay,
                    registered=lane == run[-1],
                    a_width=self.act_shape.width + (not self.act_shape.signed),
                    b_width=self.codebook.code_width,
                    sum_width=self.acc_width,
                )
                m.submodules[f"mac{lane}"] = part
                m.d.comb += [
                    part.en.eq(self.en),
                    part.a.eq(self.act[lane]),
                    part.b.eq(self.code[lane].as_signed()),
                    part.addend.eq(before.cascade if before is not None else 0),
                ]
        return part

    def _add(self, m, slices, *, accumulates: bool = False) -> SumSlice:
        """A slice that adds up what two or three others give."""
        part = SumSlice(sum_width=self.acc_width, accumulates=accumulates)
        m.submodules += part
        m.d.comb += [
            part.en.eq(self.en),
            part.restart.eq(self.restart),
            part.accumulate.eq(self.accumulate),
            part.cascade_in.eq(slices[0].cascade),
        ]
        operands = (part.second, part.third)
        m.d.comb += [
            port.eq(other.total) for port, other in zip(operands, slices[1:], strict=False)
        ]
        return part
