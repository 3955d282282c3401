"""Registered tree of three-input adders, and the accumulator."""

from dataclasses import dataclass

from amaranth.hdl import Const, Module, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.primitives.ternary_adder import TernaryAdder

__all__ = ["TernarySum"]


@dataclass(frozen=True)
class _Term:
    """A signed number between bounds."""

    value: Value
    lo: int
    hi: int


class TernarySum(wiring.Component):
    """Sum terms, each with a one to add, and accumulate the sums.

    Of the terms of every fold since the last restart, ``total = sum(terms) + sum(ones)``.
    ``latency`` moves, throughput one fold per move.

    Parameters
    ----------
    n_terms, n_ones : int
        At least 1 term, and no more ones than terms.
    term_range : (int, int)
        Least and largest term.
    flips : bool
        Whether adders complement the third of every three terms where its one is high; each term
        has a one, then.
    acc_width : int
        Bits of ``total``; sums are modulo ``2**acc_width``.

    Members
    -------
    en : In(1)
    terms : In(ArrayLayout(signed(...), n_terms))
    ones : In(n_ones)
    restart, accumulate : In(1)
        As of :class:`DotProduct`.
    total : Out(signed(acc_width))
    """

    def __init__(
        self,
        *,
        n_terms: int,
        n_ones: int,
        term_range: tuple[int, int],
        acc_width: int,
        flips: bool = False,
    ):
        self.n_terms = n_terms
        self.n_ones = n_ones
        self.flips = flips
        self.term_range = term_range
        self.acc_width = acc_width
        self.latency = self.latency_of(n_terms)
        shape = signed(_width(*term_range))
        super().__init__(
            {
                "en": In(1),
                "terms": In(data.ArrayLayout(shape, n_terms)),
                "ones": In(n_ones),
                "restart": In(1),
                "accumulate": In(1),
                "total": Out(signed(acc_width)),
            }
        )

    @classmethod
    def latency_of(cls, n_terms: int) -> int:
        """Moves from terms to the total that they are in."""
        latency = 1
        while n_terms > 2:
            n_terms -= n_terms // 3 * 2
            latency += 1
        return latency

    def elaborate(self, platform):
        m = Module()
        terms = [_Term(self.terms[n], *self.term_range) for n in range(self.n_terms)]
        ones = list(self.ones)
        for level in range(self.latency - 1):
            sums = []
            n_sums = len(terms) // 3
            for n in range(n_sums):
                operands, terms = terms[:3], terms[3:]
                flip = self.ones[3 * n + 2] if self.flips and not level else None
                taken, ones = ones[:2], ones[2:]
                sums.append(self._add(m, f"sum{level}_{n}", platform, operands, taken, flip))
            terms = sums + [
                _Term(self._keep(m, f"term{level}_{n}", term.value), term.lo, term.hi)
                for n, term in enumerate(terms)
            ]
            ones = [self._keep(m, f"one{level}_{n}", one) for n, one in enumerate(ones)]
        self._accumulate(m, platform, terms, ones)
        return m

    def _keep(self, m, name, value):
        kept = Signal(Value.cast(value).shape(), reset_less=True, name=name)
        with m.If(self.en):
            m.d.sync += kept.eq(value)
        return kept

    def _add(self, m, name, platform, operands, ones, flip):
        """Register behind an adder."""
        x, y, z = operands
        lo = sum(term.lo for term in operands)
        hi = sum(term.hi for term in operands) + len(ones)
        adder = TernaryAdder(width=_width(lo, hi))
        total = adder.add_to(m, platform, (x.value, y.value, z.value), ones, flip=flip)
        return _Term(self._keep(m, name, total), lo, hi)

    def _accumulate(self, m, platform, terms, ones):
        values = [term.value for term in terms] + [Const(0, signed(1))] * (2 - len(terms))
        adder = TernaryAdder(width=self.acc_width)
        total = adder.add_to(m, platform, (*values, self.total), ones, self.restart)
        with m.If(self.en & self.accumulate):
            m.d.sync += self.total.eq(total)


def _width(lo: int, hi: int) -> int:
    """Bits of a signed number between bounds."""
    return max((~lo).bit_length() if lo < 0 else 0, hi.bit_length()) + 1
