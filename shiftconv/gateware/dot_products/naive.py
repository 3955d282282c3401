"""The plain way: shift, negate, add."""

from typing import ClassVar

from amaranth.hdl import Module, Mux, Shape, Signal, Value, signed

from quant.codebook import Codebook, PowerOfTwo
from shiftconv.gateware.dot_products import DotProduct

__all__ = ["Naive"]


class Naive(DotProduct):
    """The reference that every other structure of shift lanes is proved equal to.

    A product is ``act << shift`` with one bit more than that has, so that the negative of the most
    negative activation is right; then come a register, two-input adders with a register behind
    each, and the accumulator. Nothing here is of the other structures' making.
    """

    kind: ClassVar[str] = "naive"
    lane: ClassVar[str] = "svpe"
    codebook_type: ClassVar[type] = PowerOfTwo

    @classmethod
    def takes(cls, codebook: PowerOfTwo) -> bool:
        return True

    @classmethod
    def latency_of(cls, codebook: Codebook, lanes: int) -> int:
        return 2 + (lanes - 1).bit_length()

    def elaborate(self, platform):
        m = Module()
        sums = [
            self._register(m, self._product(m, self.act[n], self.code[n], n))
            for n in range(self.lanes)
        ]
        while len(sums) > 1:
            pairs = [sums[n : n + 2] for n in range(0, len(sums), 2)]
            sums = [self._register(m, sum(pair[1:], pair[0])) for pair in pairs]
        with m.If(self.en & self.accumulate):
            m.d.sync += self.total.eq(Mux(self.restart, 0, self.total) + sums[0])
        return m

    def _product(self, m, act: Value, code: Value, n: int) -> Value:
        """``act * level(code)``."""
        codebook = self.codebook
        field, sign = code[: codebook.sign_bit], code[codebook.sign_bit]
        shifted = Signal(signed(self.act_shape.width + codebook.max_shift + 1), name=f"shifted{n}")
        product = Signal.like(shifted, name=f"product{n}")
        with m.Switch(field):
            for shift in codebook.shifts[:-1]:
                with m.Case(codebook.field_of_shift(shift)):
                    m.d.comb += shifted.eq(act << shift)
            if codebook.exponent_width:
                with m.Case(0):
                    m.d.comb += shifted.eq(0)
            with m.Default():
                m.d.comb += shifted.eq(act << codebook.max_shift)
        m.d.comb += product.eq(Mux(sign, -shifted, shifted))
        return product

    def _register(self, m, value: Value) -> Signal:
        kept = Signal(Shape.cast(value.shape()), reset_less=True)
        with m.If(self.en):
            m.d.sync += kept.eq(value)
        return kept
