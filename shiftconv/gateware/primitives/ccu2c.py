"""The ECP5's adder with a look-up table before one operand."""

from collections.abc import Callable
from itertools import product
from typing import Any

from amaranth.hdl import Cat, Const, Instance, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.family import family_of

__all__ = ["LookUpAdder"]


class LookUpAdder(wiring.Component):
    """Add an operand that a function makes of three bits at each place, in the adder's own LUTs.

    ``total = a + function(b, c, d) + carry``, bit by bit, modulo ``2**width``. Combinational. On
    the ECP5 half a CCU2C for each bit, and one half more for the carry.

    Parameters
    ----------
    width : int
    function : callable
        Made of ``&``, ``|``, ``^`` and ``~`` alone, so that it takes integers and values. Zero
        where ``c`` and ``d`` are: there the cell's sum and carry share their entries of the table.

    Members
    -------
    a : In(signed(width))
    b, c, d : In(width)
    carry : In(1)
    total : Out(signed(width))
    """

    def __init__(self, *, width: int, function: Callable[..., Any]):
        if any(function(b, 0, 0) & 1 for b in (0, 1)):
            raise ValueError("Function of a LookUpAdder must be zero where c and d are")
        self.width = width
        self.function = function
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
        if family_of(platform) != "ecp5":
            # The carry, spelled as a bit below the operands, so that one adder takes all three.
            made = Signal(self.width)
            m.d.comb += made.eq(self.function(self.b, self.c, self.d))
            carried = Cat(Const(1, 1), self.a).as_signed() + Cat(self.carry, made).as_signed()
            m.d.comb += self.total.eq(carried >> 1)
            return m

        # A place is a ^ function; if that is 0, a is the carry, wherever the cell looks it up.
        bits = product((0, 1), repeat=4)
        entries = [(a ^ self.function(b, c, d)) & 1 for d, c, b, a in bits]
        place = Const(sum(entry << n for n, entry in enumerate(entries)), 16)
        # The lowest place is 0 and has the carry out that is wanted.
        start = Const(0x000A, 16)
        zero, one = Const(0, 1), Const(1, 1)
        places = [(start, (self.carry, zero, zero, one), Signal(name="idle"))]
        for n in range(self.width):
            places.append((place, (self.a[n], self.b[n], self.c[n], self.d[n]), self.total[n]))
        if len(places) % 2:
            places.append((Const(0, 16), (zero, zero, zero, zero), Signal(name="idle")))
        carry = zero
        for low, high in zip(places[::2], places[1::2], strict=True):
            m.submodules += self._cell(low, high, carry, carry_out := Signal(name="carry"))
            carry = carry_out
        return m

    def _cell(self, low, high, carry, carry_out) -> Instance:
        """One CCU2C of two places: table, inputs, sum."""
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
