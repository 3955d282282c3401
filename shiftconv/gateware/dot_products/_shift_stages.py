"""Stages of a logarithmic shifter, one LUT4 a bit."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from amaranth.hdl import Const, Module, Shape, Signal, Value

from quant.codebook import PowerOfTwo
from shiftconv.gateware.primitives.lut4 import lut4

__all__ = [
    "ZERO",
    "act_bits",
    "any_of",
    "choose",
    "choose_or_zero",
    "choose_signed",
    "mask_signed",
    "shift_stage",
    "term_width",
]

ZERO = Const(0, 1)


def act_bits(act: Signal) -> list[Value]:
    """Bits of an activation, the lowest first and the last one the sign."""
    bits: list[Value] = list(act)
    return bits if act.shape().signed else [*bits, ZERO]


def term_width(codebook: PowerOfTwo, act) -> int:
    """Bits of a signed product, the ones' complement if it is negative."""
    act = Shape.cast(act)
    return act.width + codebook.max_shift + (not act.signed)


def any_of(*bits):
    """Whether any of ``bits`` is set."""
    return reduce(or_, bits)


def mask_signed(bit, mask, sign):
    """``bit`` where ``mask``, inverted where ``sign``."""
    return (bit & mask) ^ sign


def choose(low, high, select):
    """``high`` where ``select``, else ``low``."""
    return (high & select) | (low & ~select)


def choose_or_zero(low, high, select, other):
    """``high`` where ``select``, else ``low`` where ``other``, else zero."""
    return (high & select) | (low & ~select & other)


def choose_signed(low, high, select, sign):
    """As :func:`choose`, inverted where ``sign``."""
    return choose(low, high, select) ^ sign


def shift_stage(
    m: Module,
    platform,
    bits: list[Value],
    distance: int,
    function: Callable[..., Any],
    *controls: Value,
) -> list[Value]:
    """Shift left by ``distance`` or not at all.

    Each bit is ``function`` of the bit that stays, the one that comes, and ``controls``. The last
    of ``bits`` is the sign, which comes in from above; zero comes in from below.
    """
    return [
        lut4(
            m,
            platform,
            function,
            bits[min(n, len(bits) - 1)],
            bits[n - distance] if n >= distance else ZERO,
            *controls,
        )
        for n in range(len(bits) + distance)
    ]
