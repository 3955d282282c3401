"""A lane that leaves its last step to the adder behind it."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import PowerOfTwo
from shiftconv.gateware.dot_products._shift_stages import (
    act_bits,
    any_of,
    choose,
    choose_signed,
    mask_signed,
    shift_stage,
    term_width,
)

__all__ = ["ChainLane", "last_step"]


def choose_first(first, second, control):
    """``first`` where ``control``, else ``second``."""
    return choose(second, first, control)


def last_step(codebook: PowerOfTwo):
    """Function of bits of ``first``, ``second``, ``control`` that a :class:`ChainLane` leaves."""
    return mask_signed if codebook.exponent_width < 2 else choose_first


class ChainLane(wiring.Component):
    """Multiply an activation by the level of a code, but for the last step.

    ``last_step(codebook)(first, second, control)`` of all bits, plus ``ones``, is ``act *
    level(code)``: widths 0 and 1 leave mask and sign, wider ones the largest shift. Latency 1
    cycle in which ``en`` is high, throughput 1 per such cycle.

    Parameters
    ----------
    codebook : PowerOfTwo
    act : ShapeLike
        Activation, signed or unsigned.

    Members
    -------
    en : In(1)
    act : In(act)
    code : In(codebook.code_width)
    first, second, control : Out(term_width(codebook, act))
    ones : Out(1)
    """

    def __init__(self, *, codebook: PowerOfTwo, act):
        self.codebook = codebook
        width = term_width(codebook, act)
        super().__init__(
            {
                "en": In(1),
                "act": In(act),
                "code": In(codebook.code_width),
                "first": Out(width),
                "second": Out(width),
                "control": Out(width),
                "ones": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        sign = self.code[self.codebook.sign_bit]
        field = list(self.code[: self.codebook.sign_bit])

        # Shift by the field itself, all but its highest bit. The last stage takes the sign.
        bits = act_bits(self.act)
        for n, select in enumerate(field[:-1]):
            if n == len(field) - 2:
                bits = shift_stage(m, platform, bits, 2**n, choose_signed, select, sign)
            else:
                bits = shift_stage(m, platform, bits, 2**n, choose, select)

        # A field of zero clears the registers, which have an input for that.
        body = Signal(len(bits), reset_less=True)
        select = Signal(reset_less=True)
        ones = Signal(reset_less=True)
        with m.If(self.en):
            m.d.sync += [body.eq(Cat(bits)), ones.eq(sign), select.eq(field[-1] if field else 1)]
            if field:
                with m.If(~any_of(*field)):
                    m.d.sync += [body.eq(0), ones.eq(0)]
        m.d.comb += self.ones.eq(ones)

        width = len(self.first)
        if len(field) < 2:
            m.d.comb += [
                self.first.eq(body.as_signed()),
                self.second.eq(select.replicate(width)),
                self.control.eq(ones.replicate(width)),
            ]
        else:
            # What comes in from below is zero with the sign on it.
            largest = ones.replicate(2 ** (len(field) - 1))
            m.d.comb += [
                self.first.eq(Cat(largest, body)[1:]),
                self.second.eq(body.as_signed() >> 1),
                self.control.eq(select.replicate(width)),
            ]
        return m
