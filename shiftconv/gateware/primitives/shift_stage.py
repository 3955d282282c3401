"""One stage of a shifter, its last one with the sign."""

from collections.abc import Hashable
from functools import lru_cache

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.family import family_of
from shiftconv.gateware.primitives.lut6 import (
    LUT6_FAMILIES,
    BitFunction,
    look_up_table,
    share_tables,
)

__all__ = ["ShiftStage"]


class ShiftStage(wiring.Component):
    """Shift to the left by multiples of a step, and complement; combinational.

    ``o = (i << select * step) >> dropped``, 0 where a stage that ``blanks`` has ``select == 0``,
    and the ones' complement of all that where a stage that ``complements`` has ``sign``.

    Parameters
    ----------
    shape : ShapeLike
        Of ``i``.
    select_width : int
        Bits of ``select``, 0 to 2.
    step : int
        Bits by which one more in ``select`` shifts further.
    dropped : int
        Lowest bits that do not come out.
    blanks, complements : bool
        Whether ``select == 0`` makes zero, and whether there is a ``sign``.

    Members
    -------
    i : In(shape)
    select : In(select_width)
    sign : In(1)
        Only of a stage that ``complements``.
    o : Out(...)
        Signed if ``i`` is or the stage ``complements``; its width holds every value.

    Notes
    -----
    On AMD's FPGAs two bits whose functions have at most five inputs between them share a LUT6_2.
    """

    def __init__(
        self,
        *,
        shape,
        select_width: int,
        step: int = 1,
        dropped: int = 0,
        blanks: bool = False,
        complements: bool = False,
    ):
        self.shape = Shape.cast(shape)
        self.select_width = select_width
        self.step = step
        self.dropped = dropped
        self.blanks = blanks
        self.complements = complements
        width = self.shape.width + (2**select_width - 1) * step - dropped
        if self.shape.signed:
            self.out_shape = signed(width)
        else:
            self.out_shape = signed(width + 1) if complements else unsigned(width)
        super().__init__(
            {
                "i": In(self.shape),
                "select": In(select_width),
                **({"sign": In(1)} if complements else {}),
                "o": Out(self.out_shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        if family_of(platform) in LUT6_FAMILIES:
            self._instantiate(m)
        else:
            chosen = (self.i << self.select * self.step) >> self.dropped
            shifted = Signal(self.out_shape)
            m.d.comb += shifted.eq(Mux(self.select.any(), chosen, 0) if self.blanks else chosen)
            sign = self.sign.replicate(len(shifted)) if self.complements else 0
            m.d.comb += self.o.eq(shifted ^ sign)
        return m

    def _instantiate(self, m):
        functions, tables = _layout(
            self.shape.width,
            self.shape.signed,
            self.select_width,
            self.step,
            self.dropped,
            self.blanks,
            self.complements,
        )
        values: dict[Hashable, Value] = {("i", n): self.i[n] for n in range(self.shape.width)}
        values |= {("select", n): self.select[n] for n in range(self.select_width)}
        if self.complements:
            values["sign"] = self.sign
        bits = [
            values[function.inputs[0]] if function.inputs else Const(function.truth[0], 1)
            for function in functions
        ]
        for table in tables:
            outputs = [Signal(name=f"bit{n}") for n in table]
            m.submodules += look_up_table(values, [functions[n] for n in table], outputs)
            for n, output in zip(table, outputs, strict=True):
                bits[n] = output
        m.d.comb += self.o.eq(Cat(bits))


@lru_cache
def _layout(width, is_signed, select_width, step, dropped, blanks, complements):
    """Each bit of a stage as a function, and which of them share a table."""
    out_width = width + (2**select_width - 1) * step - dropped + (complements and not is_signed)
    functions = []
    for n in range(out_width):
        sources = [n + dropped - k * step for k in range(2**select_width)]
        if is_signed:
            sources = [min(source, width - 1) for source in sources]

        def rule(bits, sources=sources):
            select = sum(bits[("select", n)] << n for n in range(select_width))
            bit = 0 if blanks and not select else bits.get(("i", sources[select]), 0)
            return bit ^ bits.get("sign", 0)

        names = [("i", source) for source in sources if 0 <= source < width]
        names += [("select", n) for n in range(select_width)]
        functions.append(BitFunction.of([*names, *(["sign"] if complements else [])], rule))
    return functions, share_tables(functions)
