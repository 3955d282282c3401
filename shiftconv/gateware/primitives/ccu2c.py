"""The ECP5's adder with a look-up table before one operand."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from amaranth.hdl import Cat, Const, Instance, Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.family import family_of
from shiftconv.gateware.primitives.lut4 import lut4

__all__ = ["LookUpAdder"]


Place = tuple[Const, Sequence[Value], Value]
"""Half a CCU2C: its table, its inputs A to D, its sum."""


def table_of(function: Callable[..., Any]) -> Const:
    """Table of a function of four bits, the first one the lowest of the address."""
    bits = product((0, 1), repeat=4)
    entries = [function(*address[::-1]) & 1 for address in bits]
    return Const(sum(entry << n for n, entry in enumerate(entries)), 16)


class LookUpAdder(wiring.Component):
    """Add an operand that a function makes of three bits at each place, in the adder's own LUTs.

    ``total = a + function(b, c, d) + carry``, bit by bit, modulo ``2**width``. Combinational. On
    the ECP5 half a CCU2C for each bit, and one half more for the carry, rounded up to whole ones.

    Parameters
    ----------
    width : int
    function : callable
        Made of ``&``, ``|``, ``^`` and ``~`` alone, so that it takes integers and values. Zero
        where ``c`` and ``d`` are: there the cell's sum and carry share their entries of the table.
    carry_fills : bool
        Whether ``carry`` takes the place of the lowest bit of ``b``. An even width then takes a
        LUT4 instead of two halves of a CCU2C.

    Members
    -------
    a : In(signed(width))
    b, c, d : In(width)
    carry : In(1)
    total : Out(signed(width))
    """

    def __init__(self, *, width: int, function: Callable[..., Any], carry_fills: bool = False):
        if any(function(b, 0, 0) & 1 for b in (0, 1)):
            raise ValueError("Function of a LookUpAdder must be zero where c and d are")
        self.width = width
        self.function = function
        self.carry_fills = carry_fills
        super().__init__(
            {
                "a": In(signed(width)),
                "b": In(width),
                "c": In(width),
                "d": In(width),
                "carry": In(1),
                "total": Out(signed(width)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        b = Cat(self.carry, self.b[1:]) if self.carry_fills else self.b
        if family_of(platform) != "ecp5":
            # The carry, spelled as a bit below the operands, so that one adder takes all three.
            made = Signal(self.width)
            m.d.comb += made.eq(self.function(b, self.c, self.d))
            carried = Cat(Const(1, 1), self.a).as_signed() + Cat(self.carry, made).as_signed()
            m.d.comb += self.total.eq(carried >> 1)
            return m

        # If a place's own sum is 0, a is its carry, wherever the cell looks it up.
        zero, one = Const(0, 1), Const(1, 1)
        table = table_of(lambda a, b, c, d: a ^ self.function(b, c, d))
        operands = zip(self.a, b, self.c, self.d, self.total, strict=True)
        places: list[Place] = [(table, inputs, total) for *inputs, total in operands]
        if self.carry_fills and self.width % 2 == 0:
            places[0] = self._lowest(m, platform)
        else:
            # A place whose sum is 0, and the carry what is wanted.
            start = table_of(lambda a, b, c, d: a & ~d)
            places.insert(0, (start, (self.carry, zero, zero, one), Signal(name="idle")))
        if len(places) % 2:
            places.append((Const(0, 16), (zero, zero, zero, zero), Signal(name="idle")))
        carry = zero
        for low, high in zip(places[::2], places[1::2], strict=True):
            m.submodules += self._cell(low, high, carry, carry_out := Signal(name="carry"))
            carry = carry_out
        return m

    def _lowest(self, m: Module, platform) -> Place:
        """A place with the carry out of the lowest bit and the carry; a LUT4 has their sum."""

        def total(a, carry, c, d):
            return a ^ self.function(carry, c, d) ^ carry

        def no_carry(c, d, a, carry):
            made = self.function(carry, c, d)
            return ~((a & made) | (a & carry) | (made & carry))

        inputs = (self.c[0], self.d[0], self.a[0], self.carry)
        m.d.comb += self.total[0].eq(lut4(m, platform, total, self.a[0], self.carry, *inputs[:2]))
        return table_of(no_carry), inputs, Signal(name="idle")

    def _cell(self, low: Place, high: Place, carry: Value, carry_out: Value) -> Instance:
        pins = [
            port
            for half, (table, inputs, total) in enumerate((low, high))
            for port in (
                ("p", f"INIT{half}", table),
                ("p", f"INJECT1_{half}", "NO"),
                *(("i", f"{name}{half}", bit) for name, bit in zip("ABCD", inputs, strict=True)),
                ("o", f"S{half}", total),
            )
        ]
        return Instance("CCU2C", *pins, ("i", "CIN", carry), ("o", "COUT", carry_out))
