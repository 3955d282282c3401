"""One stage of a shifter, its last one with the sign."""

import itertools
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

from amaranth.hdl import Cat, Const, Instance, Module, Shape, Signal, Value

from shiftconv.gateware.family import family_of
from shiftconv.gateware.primitives.lut6 import (
    LUT6_FAMILIES,
    BitFunction,
    share_tables,
    single_init,
    table_init,
)

__all__ = ["ShiftStage"]

MAX_SELECT_WIDTH = 2
MAX_SHIFTS = 2**MAX_SELECT_WIDTH
NO_SHIFT = 255


@dataclass(frozen=True, kw_only=True)
class ShiftStage:
    """Choose among shifts, and complement; combinational.

    ``o = i << shifts[select]``, and the ones' complement of that where a stage that ``complements``
    has ``sign``.

    Parameters
    ----------
    shape : Shape
        Of ``i``.
    shifts : tuple of int or None
        One, two or four, from -1 to 31; None makes zero.
    complements : bool
        Whether there is a ``sign``.
    max_width : int, optional
        Bits of ``o`` at most; higher ones are left out.

    Notes
    -----
    On AMD's FPGAs two bits whose functions have at most five inputs between them share a LUT6_2,
    and every other bit has a LUT6.
    """

    shape: Shape
    shifts: tuple[int | None, ...]
    complements: bool = False
    max_width: int | None = None

    @property
    def select_width(self) -> int:
        """Bits of ``select``, 0 to 2."""
        return (len(self.shifts) - 1).bit_length()

    @property
    def out_shape(self) -> Shape:
        """Of ``o``: signed if ``i`` is or the stage complements, and wide enough for all values."""
        width = self.shape.width + max(shift for shift in self.shifts if shift is not None)
        is_signed = self.shape.signed or self.complements
        width += is_signed and not self.shape.signed
        return Shape(min(width, self.max_width or width), is_signed)

    def add_to(
        self, m: Module, platform, i: Value, select: Value, sign: Value | None = None
    ) -> Value:
        """Put the stage into a module; gives ``o``."""
        if family_of(platform) in LUT6_FAMILIES:
            return self._instantiate(m, i, select, sign)
        shifted = Signal(self.out_shape, name="shifted")
        with m.Switch(select):
            for number, shift in enumerate(self.shifts):
                with m.Case(number):
                    m.d.comb += shifted.eq(0 if shift is None else (i << shift + 1) >> 1)
        return shifted if sign is None else (shifted ^ sign.replicate(len(shifted))).as_signed()

    def _instantiate(self, m, i, select, sign):
        functions, pairs = _layout(self)
        places: dict[Hashable, int] = {("i", n): 1 + n for n in range(len(i))}
        places |= {("select", n): 1 + len(i) + n for n in range(MAX_SELECT_WIDTH)}
        places["sign"] = 1 + len(i) + MAX_SELECT_WIDTH
        tables = [table_init((functions[o6], functions[o5])) for o6, o5 in pairs]
        paired = set(itertools.chain(*pairs))
        singles = [n for n, f in enumerate(functions) if n not in paired and not f.is_free]
        tables += [(single_init(functions[n]), list(functions[n].inputs)) for n in singles]
        inits = [init for init, _ in tables]
        pins = [_joined([places[name] for name in names], 8) for _, names in tables]
        bits = [*itertools.chain(*pairs), *itertools.chain(*((n, 0) for n in singles))]
        in_tables = sum(1 << n for n in paired.union(singles))
        o = Signal(self.out_shape, name="o")
        m.submodules += Instance(
            "shiftconv_shift_stage",
            p_WIDTH=len(i),
            p_OUT_WIDTH=len(o),
            p_IS_SIGNED=int(self.shape.signed),
            p_SHIFTS=Const(_joined(map(_shift_byte, self.shifts), 8), 8 * MAX_SHIFTS),
            p_N_TABLES=len(tables),
            p_N_PAIRS=len(pairs),
            p_INITS=Const(_joined(inits, 64), 64 * (len(tables) + 1)),
            p_PINS=Const(_joined(pins, 48), 48 * (len(tables) + 1)),
            p_BITS=Const(_joined(bits, 8), 16 * (len(tables) + 1)),
            p_IN_TABLES=Const(in_tables, len(o)),
            i_i=i,
            i_select=Cat(select, Const(0, MAX_SELECT_WIDTH - self.select_width)),
            i_sign=Const(0, 1) if sign is None else sign,
            o_o=o,
        )
        return o


def _shift_byte(shift: int | None) -> int:
    """A shift as the module takes it, one more than it is."""
    return NO_SHIFT if shift is None else shift + 1


def _joined(numbers, width):
    """Numbers of ``width`` bits side by side, the first lowest."""
    return sum(number << n * width for n, number in enumerate(numbers))


@lru_cache
def _layout(stage: ShiftStage) -> tuple[list[BitFunction], list[tuple[int, int]]]:
    """Each bit of a stage as a function, and which of them share a table."""
    width = stage.shape.width
    functions = []
    for n in range(stage.out_shape.width):
        sources = [None if shift is None else n - shift for shift in stage.shifts]
        if stage.shape.signed:
            sources = [None if source is None else min(source, width - 1) for source in sources]

        def rule(bits, sources=sources):
            select = sum(bits[("select", n)] << n for n in range(stage.select_width))
            return bits.get(("i", sources[select]), 0) ^ bits.get("sign", 0)

        used = [source for source in sources if source is not None and 0 <= source < width]
        names: list[Hashable] = [("i", source) for source in dict.fromkeys(used)]
        names += [("select", n) for n in range(stage.select_width)]
        names += ["sign"] if stage.complements else []
        functions.append(BitFunction.of(names, rule))
    return functions, share_tables(functions)
