"""Adder of three operands on one carry chain."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Instance, Module, Mux, Signal, Value, signed

from shiftconv.gateware.family import family_of
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES

__all__ = ["TernaryAdder"]

MAX_ONES = 2

Complements = tuple[bool, bool, bool]
NO_COMPLEMENTS: Complements = (False, False, False)


@dataclass(frozen=True, kw_only=True)
class TernaryAdder:
    """Add three signed operands and up to two ones; combinational.

    ``total = x + y + (0 if clear else ~z if flip else z) + sum(ones)`` modulo ``2**width``, signed.

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
        flip: Value | None = None,
        complements: Complements = NO_COMPLEMENTS,
    ) -> Value:
        """Put the adder into a module; gives ``total``.

        Operands with a mark in ``complements`` count as their ones' complements: with a one to go
        with it, an operand is subtracted. One that is cleared cannot be complemented.
        """
        if len(ones) > MAX_ONES:
            raise ValueError(f"An adder takes {MAX_ONES} ones at most, not {len(ones)}")
        if clear is not None and flip is not None:
            raise ValueError("An adder can clear or flip its third operand, not both")
        family = family_of(platform)
        x, y, z = operands
        if family not in LUT6_FAMILIES:
            x, y, z = (~v if c else v for v, c in zip(operands, complements, strict=True))
            if clear is not None:
                z = Mux(clear, 0, z)
            if flip is not None:
                z = Mux(flip, ~z, z)
            return (x + y + z + sum(ones))[: self.width].as_signed()
        total = Signal(signed(self.width), name="total")
        m.submodules += Instance(
            "shiftconv_ternary_adder",
            p_X_WIDTH=len(x),
            p_Y_WIDTH=len(y),
            p_Z_WIDTH=len(z),
            p_WIDTH=self.width,
            p_COMPLEMENTS=sum(int(c) << n for n, c in enumerate(complements)),
            p_FLIPS=int(flip is not None),
            p_SECOND_ONE=int(len(ones) == MAX_ONES),
            p_CARRY8_CELLS=int(family == "xcup"),
            i_x=x,
            i_y=y,
            i_z=z,
            i_control=next((v for v in (clear, flip) if v is not None), Const(0, 1)),
            i_ones=Cat(*ones, Const(0, MAX_ONES - len(ones))),
            o_total=total,
        )
        return total
