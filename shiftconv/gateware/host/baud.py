"""The length of a bit on a serial line, in cycles."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["BitTimer", "bit_sixteenths"]

MIN_CYCLES = 4


def bit_sixteenths(clock_hz: float, baud: float) -> int:
    """Sixteenths of a cycle that a bit lasts.

    Raises
    ------
    ValueError
        If a bit would last less than four cycles.
    """
    if clock_hz <= 0 or baud <= 0:
        raise ValueError(f"Clock and baud rate must be positive, not {clock_hz:g} and {baud:g}")
    if clock_hz < MIN_CYCLES * baud:
        raise ValueError(
            f"A bit must last at least {MIN_CYCLES} cycles: with a clock of {clock_hz / 1e6:g} MHz "
            f"at most {clock_hz / MIN_CYCLES:,.0f} baud, not {baud:,.0f}"
        )
    return round(16 * clock_hz / baud)


class BitTimer(wiring.Component):
    """Say when each bit of a byte ends.

    Bit ``n`` ends ``floor((n + first) * sixteenths / 16)`` cycles after ``start`` was high, where
    ``first`` is 1, or 1/2 with ``half``: errors of rounding do not add up.

    Parameters
    ----------
    sixteenths : int
        Sixteenths of a cycle that a bit lasts, at least 64.
    half : bool
        Count from the middle of the first bit, as a receiver does.

    Members
    -------
    start : In(1)
        Begin; high in any cycle but the first after another.
    tick : Out(1)
        High in the cycle before the next bit.
    """

    def __init__(self, sixteenths: int, *, half: bool = False):
        if sixteenths < 16 * MIN_CYCLES:
            raise ValueError(
                f"A bit must last at least {16 * MIN_CYCLES} sixteenths of a cycle, "
                f"not {sixteenths!r}"
            )
        self.sixteenths = sixteenths
        self.half = half
        super().__init__({"start": In(1), "tick": Out(1)})

    def elaborate(self, platform):
        m = Module()
        left = Signal(range(self.sixteenths))
        m.d.comb += self.tick.eq(left[4:] == 0)
        with m.If(self.start):
            m.d.sync += left.eq((self.sixteenths >> self.half) - 16)
        with m.Elif(self.tick):
            m.d.sync += left.eq(left + self.sixteenths - 16)
        with m.Else():
            m.d.sync += left.eq(left - 16)
        return m
