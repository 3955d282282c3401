"""Registered tree of two-input adders."""

from amaranth.hdl import Cat, Const, Module, Shape, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["AdderTree"]


class AdderTree(wiring.Component):
    """Sum terms, each with a one to add.

    ``total + one == sum(terms) + sum(ones)``. Latency ``latency`` cycles in which ``en`` is high,
    throughput 1 per such cycle.

    Parameters
    ----------
    n_terms : int
        At least 1.
    term_width : int
        Bits of each signed term.

    Members
    -------
    en : In(1)
        Every register moves when high.
    terms : In(ArrayLayout(signed(term_width), n_terms))
    ones : In(n_terms)
    total : Out(signed(total_width))
    one : Out(1)
        Left over: ``n_terms`` leaves have ``n_terms - 1`` adders, each with one carry input.
    """

    def __init__(self, *, n_terms: int, term_width: int):
        if n_terms < 1:
            raise ValueError(f"Number of terms must be a positive integer, not {n_terms!r}")
        self.n_terms = n_terms
        self.term_width = term_width
        self.latency = (n_terms - 1).bit_length()
        self.total_width = term_width + self.latency
        super().__init__(
            {
                "en": In(1),
                "terms": In(data.ArrayLayout(signed(term_width), n_terms)),
                "ones": In(n_terms),
                "total": Out(signed(self.total_width)),
                "one": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        level = [(self.terms[n], self.ones[n]) for n in range(self.n_terms)]
        while len(level) > 1:
            level = [self._join(m, level[n : n + 2]) for n in range(0, len(level), 2)]
        [(total, one)] = level
        m.d.comb += [self.total.eq(total), self.one.eq(one)]
        return m

    def _join(self, m, pair):
        """One node: an adder whose carry input takes one of the two ones, or a mere register."""
        width = max(Shape.cast(term.shape()).width for term, _ in pair) + len(pair) - 1
        total = Signal(signed(width), reset_less=True)
        one = Signal(reset_less=True)
        with m.If(self.en):
            if len(pair) == 2:
                (a, a_one), (b, b_one) = pair
                # The carry input, spelled as a bit below the operands.
                carried = Cat(Const(1, 1), a).as_signed() + Cat(a_one, b).as_signed()
                m.d.sync += [total.eq(carried >> 1), one.eq(b_one)]
            else:
                m.d.sync += [total.eq(pair[0][0]), one.eq(pair[0][1])]
        return total, one
