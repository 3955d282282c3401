"""The lane of a weight that does not shift, its sign left to the adder."""

from amaranth.hdl import Module, Mux, Shape, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import PowerOfTwo

__all__ = ["PlainLane"]


class PlainLane(wiring.Component):
    """Keep an activation, or zero.

    ``(~term if one else term) + one == act * level(code)``, a move later. Throughput one per move.

    Parameters
    ----------
    codebook : PowerOfTwo
        Of no shift but 0.
    act : ShapeLike
        Activation, signed or unsigned.

    Members
    -------
    en : In(1)
        Every register moves when high.
    act : In(act)
    code : In(codebook.code_width)
    term : Out(signed(...))
    one : Out(1)
        The sign.
    """

    def __init__(self, *, codebook: PowerOfTwo, act):
        if codebook.max_shift:
            raise ValueError(f"A plain lane does not shift, as {codebook.name} does")
        self.codebook = codebook
        self.act_shape = Shape.cast(act)
        self.term_shape = signed(self.act_shape.width + (not self.act_shape.signed))
        super().__init__(
            {
                "en": In(1),
                "act": In(self.act_shape),
                "code": In(codebook.code_width),
                "term": Out(self.term_shape),
                "one": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        field = self.code[: self.codebook.sign_bit]
        term = Signal(self.term_shape, reset_less=True)
        one = Signal(reset_less=True)
        with m.If(self.en):
            # The zero is the register's reset.
            m.d.sync += term.eq(Mux(field.any(), self.act, 0) if len(field) else self.act)
            m.d.sync += one.eq(self.code[-1])
        m.d.comb += [self.term.eq(term), self.one.eq(one)]
        return m
