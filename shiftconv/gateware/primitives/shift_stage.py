"""One stage of a shifter, its last one with the sign."""

import itertools
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, signed, unsigned

from shiftconv.gateware.family import family_of
from shiftconv.gateware.primitives.lut6 import (
    LUT6_FAMILIES,
    BitFunction,
    look_up_table,
    share_tables,
)

__all__ = ["ShiftStage"]


@dataclass(frozen=True, kw_only=True)
class ShiftStage:
    """Shift to the left by multiples of a step, and complement; combinational.

    ``o = (i << select * step) >> dropped``, 0 where a stage that ``blanks`` has ``select == 0``,
    and the ones' complement of all that where a stage that ``complements`` has ``sign``.

    Parameters
    ----------
    shape : Shape
        Of ``i``.
    select_width : int
        Bits of ``select``, 0 to 2.
    step : int
        Bits by which one more in ``select`` shifts further.
    dropped : int
        Lowest bits that do not come out.
    blanks, complements : bool
        Whether ``select == 0`` makes zero, and whether there is a ``sign``.

    Notes
    -----
    On AMD's FPGAs two bits whose functions have at most five inputs between them share a LUT6_2.
    """

    shape: Shape
    select_width: int
    step: int = 1
    dropped: int = 0
    blanks: bool = False
    complements: bool = False

    @property
    def out_shape(self) -> Shape:
        """Of ``o``: signed if ``i`` is or the stage complements, and wide enough for all values."""
        width = self.shape.width + (2**self.select_width - 1) * self.step - self.dropped
        if self.shape.signed:
            return signed(width)
        return signed(width + 1) if self.complements else unsigned(width)

    def add_to(
        self, m: Module, platform, i: Value, select: Value, sign: Value | None = None
    ) -> Value:
        """Put the stage into a module; gives ``o``."""
        # A tree of multiplexers, so that the tool finds the one table that a bit fits.
        options = [(i << n * self.step) >> self.dropped for n in range(2**self.select_width)]
        if self.blanks:
            options[0] = Const(0, 1)
        for bit in select:
            options = [
                Mux(bit, high, low) for low, high in zip(options[::2], options[1::2], strict=True)
            ]
        shifted = Signal(self.out_shape, name="shifted")
        m.d.comb += shifted.eq(options[0])
        o = shifted if sign is None else shifted ^ sign.replicate(len(shifted))
        if family_of(platform) in LUT6_FAMILIES:
            o = self._share_tables(m, o, i, select, sign)
        return o.as_signed() if self.out_shape.signed else o

    def _share_tables(self, m, o, i, select, sign):
        """``o`` with the bits that share a table in tables of their own."""
        functions, pairs = _layout(self)
        values: dict[Hashable, Value] = {("i", n): i[n] for n in range(self.shape.width)}
        values |= {("select", n): select[n] for n in range(self.select_width)}
        if sign is not None:
            values["sign"] = sign
        parts: dict[int, Value] = {}
        for pair in pairs:
            outputs = [Signal(name=f"bit{n}") for n in pair]
            m.submodules += look_up_table(values, [functions[n] for n in pair], outputs)
            parts |= dict(zip(pair, outputs, strict=True))
        # Whole runs of the other bits make shorter Verilog than one by one.
        described = Signal(self.out_shape, name="described")
        m.d.comb += described.eq(o)
        ends = [-1, *sorted(parts), len(described)]
        runs = {start + 1: described[start + 1 : end] for start, end in itertools.pairwise(ends)}
        return Cat(part for _, part in sorted((runs | parts).items()))


@lru_cache
def _layout(stage: ShiftStage) -> tuple[list[BitFunction], list[tuple[int, int]]]:
    """Each bit of a stage as a function, and which of them share a table."""
    width, n_options = stage.shape.width, 2**stage.select_width
    functions = []
    for n in range(stage.out_shape.width):
        sources = [n + stage.dropped - k * stage.step for k in range(n_options)]
        if stage.shape.signed:
            sources = [min(source, width - 1) for source in sources]

        def rule(bits, sources=sources):
            select = sum(bits[("select", n)] << n for n in range(stage.select_width))
            bit = 0 if stage.blanks and not select else bits.get(("i", sources[select]), 0)
            return bit ^ bits.get("sign", 0)

        names: list[Hashable] = [("i", source) for source in sources if 0 <= source < width]
        names += [("select", n) for n in range(stage.select_width)]
        names += ["sign"] if stage.complements else []
        functions.append(BitFunction.of(names, rule))
    return functions, share_tables(functions)
