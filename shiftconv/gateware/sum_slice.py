"""Three sums added up, or accumulated, in a multiplier block without its multiplier."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.dsp48e1 import dsp48e1
from shiftconv.gateware.family import family_of

__all__ = ["SumSlice"]

WIDTH = 48


class SumSlice(wiring.Component):
    """``total = cascade_in + second + third``, a move later; one DSP48E1 on xc7, LUTs elsewhere.

    One that accumulates adds ``0 if restart else total`` in place of the third, in moves in which
    ``accumulate`` is high. All arithmetic is modulo 2**sum_width, at most 48 bits on xc7.

    Parameters
    ----------
    sum_width : int
    accumulates : bool

    Members
    -------
    en : In(1)
        Every register moves when high.
    cascade_in, second, third : In(signed(sum_width))
        The first one is another slice's ``cascade``, or zero.
    restart, accumulate : In(1)
        Only of a slice that accumulates.
    total, cascade : Out(signed(sum_width))
        The same; the second one may go nowhere but to another slice's cascade.
    """

    def __init__(self, *, sum_width: int, accumulates: bool = False):
        self.sum_width = sum_width
        self.accumulates = accumulates
        operand = signed(sum_width)
        super().__init__(
            {
                "en": In(1),
                "cascade_in": In(operand),
                "second": In(operand),
                "third": In(operand),
                "restart": In(1),
                "accumulate": In(1),
                "total": Out(operand),
                "cascade": Out(operand),
            }
        )

    def elaborate(self, platform):
        m = Module()
        enable = self.en & self.accumulate if self.accumulates else self.en
        if family_of(platform) == "xc7" and self.sum_width <= WIDTH:
            m.submodules.dsp = self._primitive(m, enable)
            return m
        kept = Signal(signed(self.sum_width), reset_less=True)
        third = Mux(self.restart, 0, kept) if self.accumulates else self.third
        with m.If(enable):
            m.d.sync += kept.eq(self.cascade_in + self.second + third)
        m.d.comb += [self.total.eq(kept), self.cascade.eq(self.total)]
        return m

    def _primitive(self, m, enable):
        cascade_in, second, third = (
            Cat(value, value[-1].replicate(WIDTH - self.sum_width))
            for value in (self.cascade_in, self.second, self.third)
        )
        # X is the sum itself or A beside B, Y is C, Z the cascade.
        x = Cat(Const(0, 1), ~self.restart) if self.accumulates else Const(0b11, 2)
        given, to_cascade = Signal(WIDTH), Signal(WIDTH)
        m.d.comb += [self.total.eq(given), self.cascade.eq(to_cascade)]
        return dsp48e1(
            enable=self.en,
            enable_sum=enable,
            multiplies=False,
            registers={"AREG": 0, "BREG": 0, "MREG": 0, "PREG": 1},
            i_OPMODE=Cat(x, Const(0b001_11, 5)),
            i_A=third[18:],
            i_B=third[:18],
            i_C=second,
            i_PCIN=cascade_in,
            o_P=given,
            o_PCOUT=to_cascade,
        )
