"""One activation times one power of two."""

from amaranth.hdl import Module, Mux, Shape, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import PowerOfTwo

__all__ = ["Lane"]


class Lane(wiring.Component):
    """Multiply an activation by the level of a code, with one shift.

    ``term + ones == act * level(code)``. A negative product leaves as its ones' complement, and
    ``ones`` is the one that completes it: the adder that follows has a free carry input for it.
    Combinational.

    Parameters
    ----------
    codebook : PowerOfTwo
    act : ShapeLike
        Activation, signed or unsigned.

    Members
    -------
    act : In(act)
    code : In(codebook.code_width)
    term : Out(signed(term_width))
    ones : Out(1)

    Notes
    -----
    The operand of the complement is sign-extended by one bit, so the most negative activation times
    the most negative level is exact. A code of minus zero gives ``~0 + 1 == 0``.
    """

    def __init__(self, *, codebook: PowerOfTwo, act):
        self.codebook = codebook
        act = Shape.cast(act)
        self.term_width = act.width + codebook.max_shift + (not act.signed)
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
        sign = self.code[self.codebook.sign_bit]
        field = self.code[: self.codebook.sign_bit]

        shifted = Signal(signed(self.term_width))
        if self.codebook.every_shift:
            # Shift by the field itself, then back by the field of shift 0: a logarithmic shifter
            # takes fewer LUTs than a choice among all shifts. Smaller fields stand for zero.
            least = self.codebook.field_of_shift(0)
            m.d.comb += shifted.eq(Mux(field >= least, (self.act << field) >> least, 0))
        else:
            self._choose(m, field, shifted)

        m.d.comb += [
            self.term.eq(shifted ^ sign.replicate(self.term_width).as_signed()),
            self.ones.eq(sign),
        ]
        return m

    def _choose(self, m, field, shifted):
        """A choice among the shifts; fields without one stand for what the last one does."""
        codebook = self.codebook
        largest = self.act << codebook.max_shift
        with m.Switch(field):
            for number, shift in enumerate(codebook.shifts[:-1], start=1):
                with m.Case(number):
                    m.d.comb += shifted.eq(self.act << shift)
            if codebook.n_shifts == 2**codebook.exponent_width - 1:
                with m.Case(codebook.n_shifts):
                    m.d.comb += shifted.eq(largest)
            else:
                if codebook.exponent_width:
                    with m.Case(0):
                        m.d.comb += shifted.eq(0)
                with m.Default():
                    m.d.comb += shifted.eq(largest)
