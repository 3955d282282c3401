"""One activation times one integer: the lane of the baseline."""

from amaranth.hdl import Module, Shape, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import TwosComplement

__all__ = ["Multiplier"]


class Multiplier(wiring.Component):
    """Multiply an activation by a two's complement weight; the tool may use a DSP.

    ``term == act * level(code)``, ``ones == 0``. Combinational.

    Parameters
    ----------
    codebook : TwosComplement
    act : ShapeLike

    Members
    -------
    act : In(act)
    code : In(codebook.code_width)
    term : Out(signed(term_width))
    ones : Out(1)
        Zero, so that a multiplier fits wherever a :class:`Lane` does.
    """

    def __init__(self, *, codebook: TwosComplement, act):
        self.codebook = codebook
        act = Shape.cast(act)
        self.term_width = act.width + codebook.code_width
        super().__init__(
            {
                "act": In(act),
                "code": In(codebook.code_width),
                "term": Out(signed(self.term_width)),
                "ones": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.term.eq(self.act * self.code.as_signed())
        return m
