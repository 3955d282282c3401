"""Adder of three operands on one carry chain."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from shiftconv.gateware.family import family_of
from shiftconv.gateware.primitives.carry_chain import carry_chain
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES, BitFunction, look_up_table

__all__ = ["TernaryAdder"]

MAX_ONES = 2

Complements = tuple[bool, bool, bool]
NO_COMPLEMENTS: Complements = (False, False, False)


@dataclass(frozen=True, kw_only=True)
class TernaryAdder:
    """Add three signed operands and up to two ones; combinational.

    ``total = x + y + (0 if clear else z) + sum(ones)`` modulo ``2**width``, signed.

    Parameters
    ----------
    width : int
        Bits of ``total``.

    Notes
    -----
    On AMD's FPGAs a bit takes one LUT6_2: ``O5`` is the majority of its three operand bits, which
    goes to the next bit, and ``O6`` the parity of all three and of the majority from below. The
    carry chain adds parity and majority: ``S`` is ``O6``, ``DI`` the majority from below through
    the slice's bypass pin. Below the first bit the first one takes the place of a majority; the
    chain's own carry input shares that position's bypass pin, so the second one takes a table of
    its own. Two bits above the widest operand depend on nothing but the signs and the carry, and
    share one table.
    """

    width: int

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"Width must be a positive integer, not {self.width!r}")

    def add_to(
        self,
        m: Module,
        platform,
        operands: tuple[Value, Value, Value],
        ones: Sequence[Value] = (),
        clear: Value | None = None,
        complements: Complements = NO_COMPLEMENTS,
    ) -> Value:
        """Put the adder into a module; gives ``total``.

        Operands with a mark in ``complements`` count as their ones' complements: with a one to go
        with it, an operand is subtracted. One that is cleared cannot be complemented.
        """
        if len(ones) > MAX_ONES:
            raise ValueError(f"An adder takes {MAX_ONES} ones at most, not {len(ones)}")
        family = family_of(platform)
        if family in LUT6_FAMILIES:
            bit_functions = _bit_functions(clear is not None, complements)
            top_functions = _top_functions(clear is not None, complements)
            functions = bit_functions, top_functions
            return self._instantiate(m, family, operands, ones, clear, functions)
        x, y, z = (~v if c else v for v, c in zip(operands, complements, strict=True))
        total = x + y + (z if clear is None else Mux(clear, 0, z)) + sum(ones)
        return total[: self.width].as_signed()

    def _instantiate(self, m, family, operands, ones, clear, functions):
        bit_functions, top_functions = functions

        def bits_at(n, **more):
            signs = (value[min(n, len(value) - 1)] for value in operands)
            return {**dict(zip("xyz", signs, strict=True)), "clear": clear, **more}

        widest = max(map(len, operands))
        n_bits = widest if self.width == widest + 2 else self.width
        below = ones[0] if ones else Const(0, 1)
        parities, majorities = [], [below]
        if len(ones) == MAX_ONES:
            # Through the table's second output, lest the bypass pin be taken.
            nothing, second = _table(m, {"one": ones[1]}, (_ZERO, _ONE))
            parities, majorities = [nothing], [second, below]
        for n in range(n_bits):
            parity, below = _table(m, bits_at(n, below=below), bit_functions)
            parities.append(parity)
            majorities.append(below)
        total, carry = carry_chain(
            m, family, propagate=Cat(parities), generate=Cat(majorities[: len(parities)])
        )
        total = total[len(parities) - n_bits : len(parities)]
        if n_bits < self.width:
            bits = bits_at(n_bits, carry=carry[len(parities) - 1])
            total = Cat(total, *_table(m, bits, top_functions))
        return total.as_signed()


def _table(m, values, functions):
    outputs = Signal(name="o6"), Signal(name="o5")
    m.submodules += look_up_table(values, functions, outputs)
    return outputs


_ZERO, _ONE = BitFunction.of((), lambda bits: 0), BitFunction.of(("one",), lambda b: b["one"])


def _count(bits, complements):
    """How many of the operands' bits are set, complemented or not, the third one cleared or not."""
    operands = bits["x"], bits["y"], bits["z"] & ~bits.get("clear", 0)
    return sum(bit ^ int(c) for bit, c in zip(operands, complements, strict=True))


def _names(clears):
    return ("x", "y", "z", *(("clear",) if clears else ()))


@cache
def _bit_functions(clears, complements):
    names = _names(clears)
    return (
        BitFunction.of((*names, "below"), lambda b: (_count(b, complements) + b["below"]) & 1),
        BitFunction.of(names, lambda bits: _count(bits, complements) >> 1),
    )


@cache
def _top_functions(clears, complements):
    """The two bits above the operands: signs count as -1, their majority and the carry as 1."""

    def top(bits):
        count = _count(bits, complements)
        return bits["carry"] + (count >> 1) - count

    names = (*_names(clears), "carry")
    return (
        BitFunction.of(names, lambda bits: top(bits) & 1),
        BitFunction.of(names, lambda bits: top(bits) >> 1 & 1),
    )
