"""A lane laid out for LUT4s by hand."""

from amaranth.hdl import Cat, Const, Module, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import PowerOfTwo
from shiftconv.gateware.dot_products._shift_stages import (
    ZERO,
    act_bits,
    any_of,
    choose,
    choose_or_zero,
    choose_signed,
    mask_signed,
    shift_stage,
    term_width,
)
from shiftconv.gateware.primitives.lut4 import lut4

__all__ = ["Lut4Lane"]


def part_of_three(middle, far, low, high):
    """A shift by 1 or 2 where ``high``; else whether there is a shift by 0."""
    return (choose(middle, far, low) & high) | (low & ~high)


def three_signed(part, near, high, sign):
    """All of three shifts from :func:`part_of_three`, inverted where ``sign``."""
    return (part & (near | high)) ^ sign


def lowest(bit, low, more, high):
    """Lowest bit of two stages, from the lowest bit of the activation."""
    return bit & ~low & more & ~high


def third_lowest(stays, bit, low, high):
    """Third bit of two stages, from that of the first one and the activation's lowest."""
    return choose(stays, bit & ~low, high)


class Lut4Lane(wiring.Component):
    """Multiply an activation by the level of a code, in a netlist of LUT4s.

    As :class:`Lane`, ``term + ones == act * level(code)``, combinational. One LUT4 for each bit of
    each shift of 1, 2, 4 and 8: the first has an input to spare for zero, the last one for the
    sign. One LUT4 less than that all in all, at width 2 and above.

    Parameters
    ----------
    codebook : PowerOfTwo
        Of any shifts where the field has at most two bits, else of successive ones.
    act : ShapeLike
        Activation, signed or unsigned.

    Members
    -------
    act : In(act)
    code : In(codebook.code_width)
    term : Out(signed(term_width))
    ones : Out(1)
    """

    def __init__(self, *, codebook: PowerOfTwo, act):
        self.codebook = codebook
        self.term_width = term_width(codebook, act)
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
        field = list(self.code[: self.codebook.sign_bit])
        bits = act_bits(self.act)
        match len(field):
            case 0 | 1:
                mask = field[0] if field else Const(1, 1)
                term = [lut4(m, platform, mask_signed, bit, mask, sign) for bit in bits]
            case 2:
                term = self._three_shifts(m, platform, bits, field, sign)
            case _:
                term = self._many_shifts(m, platform, bits, field, sign)
        m.d.comb += [self.term.eq(Cat(term)), self.ones.eq(sign)]
        return m

    def _three_shifts(self, m, platform, bits, field, sign) -> list[Value]:
        # A field without a shift never comes: what it makes is free.
        shifts = (self.codebook.shifts + self.codebook.shifts[-1:])[:3]
        term = []
        for n in range(self.term_width):
            near, middle, far = (
                bits[min(n - shift, len(bits) - 1)] if n >= shift else ZERO for shift in shifts
            )
            if n == 0 or near is far:
                # One bit of the activation, whatever the shift.
                def whole(near, middle, far, low, high, sign):
                    return three_signed(part_of_three(middle, far, low, high), near, high, sign)

                term.append(lut4(m, platform, whole, near, middle, far, *field, sign))
            else:
                part = lut4(m, platform, part_of_three, middle, far, *field)
                term.append(lut4(m, platform, three_signed, part, near, field[1], sign))
        return term

    def _many_shifts(self, m, platform, bits, field, sign) -> list[Value]:
        # Shift by the field itself, which is zero for zero and else one more than the shift.
        low, high = field[:2]
        more = lut4(m, platform, any_of, *field[1:])
        first = shift_stage(m, platform, bits, 1, choose_or_zero, low, more)
        second = shift_stage(m, platform, first, 2, choose, high)
        # The two that take the lowest bit have room for what makes it, which saves its LUT4.
        second[0] = lut4(m, platform, lowest, bits[0], low, more, high)
        second[2] = lut4(m, platform, third_lowest, first[2], bits[0], low, high)
        for n, select in enumerate(field[2:-1], start=2):
            second = shift_stage(m, platform, second, 2**n, choose, select)
        largest = 2 ** (len(field) - 1)
        last = shift_stage(m, platform, second, largest, choose_signed, field[-1], sign)
        return last[1 : 1 + self.term_width]
