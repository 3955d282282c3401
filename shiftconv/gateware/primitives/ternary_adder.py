"""Adder of three operands on one carry chain."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.family import family_of
from shiftconv.gateware.primitives.carry_chain import carry_chain
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES, BitFunction, look_up_table

__all__ = ["TernaryAdder"]


class TernaryAdder(wiring.Component):
    """Add three operands and up to two ones; combinational.

    ``total = x + y + (0 if clear else z) + sum(ones)`` modulo ``2**width``.

    Parameters
    ----------
    operand_widths : (int, int, int)
        Bits of ``x``, ``y`` and ``z``, each signed.
    width : int
        Bits of the signed ``total``.
    n_ones : int
        0 to 2.
    clears : bool
        Whether there is a ``clear``.

    Members
    -------
    x, y, z : In(signed(...))
    ones : In(n_ones)
    clear : In(1)
        Only of an adder that ``clears``.
    total : Out(signed(width))

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

    def __init__(
        self,
        *,
        operand_widths: tuple[int, int, int],
        width: int,
        n_ones: int = 0,
        clears: bool = False,
    ):
        if len(operand_widths) != 3 or min(operand_widths) < 1:
            raise ValueError(f"Operands must be 3 of positive widths, not {operand_widths!r}")
        if width < 1:
            raise ValueError(f"Width must be a positive integer, not {width!r}")
        if n_ones not in (0, 1, 2):
            raise ValueError(f"Number of ones must be 0, 1 or 2, not {n_ones!r}")
        self.operand_widths = operand_widths
        self.width = width
        self.n_ones = n_ones
        self.clears = clears
        super().__init__(
            {
                **{
                    name: In(signed(bits)) for name, bits in zip("xyz", operand_widths, strict=True)
                },
                "ones": In(n_ones),
                **({"clear": In(1)} if clears else {}),
                "total": Out(signed(width)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        family = family_of(platform)
        if family in LUT6_FAMILIES:
            self._instantiate(m, family)
        else:
            z = Mux(self.clear, 0, self.z) if self.clears else self.z
            m.d.comb += self.total.eq(self.x + self.y + z + sum(self.ones))
        return m

    def _instantiate(self, m, family):
        widest = max(self.operand_widths)
        n_bits = widest if self.width == widest + 2 else self.width
        below = Cat(self.ones[0] if self.n_ones else Const(0, 1))
        parities, majorities = [], [below]
        if self.n_ones == 2:
            # Through the table's second output, lest the bypass pin be taken.
            first = self._table(m, "second_one", {"one": self.ones[1]}, _ZERO, _ONE)
            parities, majorities = [first[0]], [first[1], below]
        for n in range(n_bits):
            bits = {**self._operand_bits(n), "below": below}
            parity, below = self._table(m, f"bit{n}", bits, *_bit_functions(self.clears))
            parities.append(parity)
            majorities.append(below)
        total, carry = carry_chain(
            m, family, propagate=Cat(parities), generate=Cat(majorities[: len(parities)])
        )
        skipped = len(parities) - n_bits
        total = total[skipped : skipped + n_bits]
        if n_bits < self.width:
            bits = {**self._operand_bits(n_bits), "carry": carry[len(parities) - 1]}
            top = self._table(m, "top", bits, *_top_functions(self.clears))
            total = Cat(total, reversed(top))
        m.d.comb += self.total.eq(total)

    def _operand_bits(self, n):
        """Bits ``n`` of the operands, which are sign-extended."""
        operands = {"x": self.x, "y": self.y, "z": self.z}
        bits = {name: value[min(n, len(value) - 1)] for name, value in operands.items()}
        return {**bits, "clear": self.clear} if self.clears else bits

    def _table(self, m, name, values, o6, o5):
        outputs = Signal(name=f"{name}_o6"), Signal(name=f"{name}_o5")
        m.submodules[name] = look_up_table(values, (o6, o5), outputs)
        return outputs


_ZERO, _ONE = BitFunction.of((), lambda bits: 0), BitFunction.of(("one",), lambda b: b["one"])


def _count(bits):
    """How many of the operands' bits are set, the third one cleared or not."""
    return bits["x"] + bits["y"] + (bits["z"] & ~bits.get("clear", 0))


def _names(clears):
    return ("x", "y", "z", *(("clear",) if clears else ()))


def _bit_functions(clears):
    names = _names(clears)
    return (
        BitFunction.of((*names, "below"), lambda bits: (_count(bits) + bits["below"]) & 1),
        BitFunction.of(names, lambda bits: _count(bits) >> 1),
    )


def _top_functions(clears):
    """The last bit and the one below it: signs count as -1, the carry and their majority as 1."""

    def top(bits):
        return bits["carry"] + (_count(bits) >> 1) - _count(bits)

    names = (*_names(clears), "carry")
    return (
        BitFunction.of(names, lambda bits: top(bits) >> 1 & 1),
        BitFunction.of(names, lambda bits: top(bits) & 1),
    )
