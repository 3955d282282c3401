"""One activation times one integer in tables and carry chains, no multiplier block."""

from collections.abc import Hashable

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import TwosComplement
from shiftconv.gateware.family import family_of
from shiftconv.gateware.primitives.carry_chain import carry_chain
from shiftconv.gateware.primitives.lut6 import (
    LUT6_FAMILIES,
    BitFunction,
    look_up_table,
    share_tables,
)

__all__ = ["BoothLane"]


class BoothLane(wiring.Component):
    """Multiply an activation by a two's complement weight, two bits of the weight a row.

    ``term + ones == act * level(code)``. Combinational.

    Parameters
    ----------
    codebook : TwosComplement
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
    Booth's digits of radix 4, ``-2`` to ``2``, are the row's factor. A bit of a row depends on two
    bits of the activation and three of the weight, so on AMD's FPGAs one LUT6 forms it and adds it
    to the rows below, on the carry chain (Walters, *Array Multipliers for High Throughput in Xilinx
    FPGAs with 6-Input LUTs*, Computers 5(4), 2016).
    """

    def __init__(self, *, codebook: TwosComplement, act):
        self.codebook = codebook
        act = Shape.cast(act)
        self.term_width = act.width + codebook.code_width + (not act.signed)
        self._row_width = act.width + 1 + (not act.signed)
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
        family = family_of(platform)
        act = Signal(signed(self._row_width))
        m.d.comb += act.eq(self.act)

        # The lowest row leaves its one to the adder that follows, the others add theirs.
        done: list = []
        partial: Signal | None = None
        for n, digit in enumerate(self._digits()):
            if family in LUT6_FAMILIES:
                total = self._table_row(m, family, n, act, digit, partial)
            else:
                total = self._portable_row(m, n, act, digit, partial)
            done += [total[0], total[1]]
            partial = total[2:].as_signed()
        m.d.comb += [
            self.term.eq(Cat(*done, partial).as_signed()),
            self.ones.eq(self._digits()[0][2]),
        ]
        return m

    def _digits(self):
        """Three bits of the weight for each digit, the lowest one twice the digit below's."""
        bits = [Const(0, 1), *self.code, *[self.code[-1]] * (self.codebook.code_width % 2)]
        return [bits[n : n + 3] for n in range(0, len(bits) - 1, 2)]

    def _row(self, act, digit):
        """Activation times a digit, one less if the digit is negative."""
        low, middle, high = digit
        magnitude = Mux(low ^ middle, act, Mux(middle ^ high, act << 1, 0))
        return (magnitude ^ high.replicate(self._row_width).as_signed())[: self._row_width]

    def _portable_row(self, m, n, act, digit, partial):
        row = Signal(signed(self._row_width), name=f"row{n}")
        total = Signal(signed(self._row_width + 1), name=f"total{n}")
        m.d.comb += row.eq(self._row(act, digit))
        m.d.comb += total.eq(row if partial is None else row + partial + digit[2])
        return total

    def _table_row(self, m, family, n, act, digit, partial):
        row = Signal(signed(self._row_width), name=f"row{n}")
        if partial is None:
            m.d.comb += row.eq(self._lowest_row(m, act, digit))
            return Cat(row, row[-1]).as_signed()
        width = self._row_width + 1
        m.d.comb += row.eq(self._row(act, digit))
        below = Signal(signed(width), name=f"below{n}")
        m.d.comb += below.eq(partial)
        # A position below takes the one, for the chain's own input shares a pin with the first bit.
        total, _ = carry_chain(
            m,
            family,
            propagate=Cat(Const(0, 1), (row ^ below)[:width]),
            generate=Cat(digit[2], below),
        )
        return total[1 : width + 1].as_signed()

    def _lowest_row(self, m, act, digit):
        """Nothing to add it to, and no digit below: two bits share a table."""
        functions = [_lowest_row_bit(n) for n in range(self._row_width)]
        values: dict[Hashable, Value] = {"middle": digit[1], "high": digit[2]}
        values |= {("act", n): act[n] for n in range(self._row_width)}
        bits = list(self._row(act, digit))
        for pair in share_tables(functions):
            outputs = [Signal(name=f"row0_bit{n}") for n in pair]
            m.submodules += look_up_table(values, [functions[n] for n in pair], outputs)
            for n, output in zip(pair, outputs, strict=True):
                bits[n] = output
        return Cat(bits)


def _lowest_row_bit(n: int) -> BitFunction:
    names = ["middle", "high", ("act", n), *([("act", n - 1)] if n else [])]

    def rule(bits):
        chosen = bits[("act", n)] if bits["middle"] else bits.get(("act", n - 1), 0) & bits["high"]
        return chosen ^ bits["high"]

    return BitFunction.of(names, rule)
