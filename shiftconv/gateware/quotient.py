"""Division by a constant, correctly rounded, without a divider or a multiplier."""

from dataclasses import dataclass

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Quotient", "Reciprocal", "shift_add_terms", "signed_width"]


def signed_width(lo: int, hi: int) -> int:
    """Bits of a signed number from ``lo`` to ``hi``."""
    return max(hi.bit_length(), (-lo - 1).bit_length() if lo < 0 else 0) + 1


def shift_add_terms(constant: int) -> list[tuple[int, int]]:
    """A constant as a sum of signed powers of two, none next to another.

    Returns
    -------
    list of (sign, shift)
        ``constant == sum(sign * 2**shift)``: the canonical signed digits.

    Examples
    --------
    >>> shift_add_terms(7)
    [(-1, 0), (1, 3)]
    """
    terms, shift = [], 0
    while constant:
        if constant & 1:
            sign = 2 - (constant & 3)
            terms.append((sign, shift))
            constant -= sign
        constant >>= 1
        shift += 1
    return terms


@dataclass(frozen=True)
class Reciprocal:
    """``floor(t / divisor)`` as ``t * factor >> shift``, exact for every ``0 <= t <= largest``.

    Notes
    -----
    With ``factor = ceil(2**shift / divisor)`` the product exceeds ``2**shift * t / divisor`` by
    ``t * excess / divisor``, ``excess = factor * divisor - 2**shift < divisor``. The floor is exact
    as long as that is less than the distance ``2**shift / divisor`` to the next integer, that is
    ``t * excess < 2**shift`` (Granlund and Montgomery, PLDI 1994); ``shift`` is the least with
    ``largest * excess < 2**shift``.
    """

    divisor: int
    largest: int

    def __post_init__(self) -> None:
        if self.divisor < 1 or self.largest < 0:
            raise ValueError(
                f"Divisor must be positive and values not negative, "
                f"not {self.divisor} and up to {self.largest}"
            )

    @property
    def shift(self) -> int:
        """Bits of precision."""
        shift = 0
        while self.largest * (-(2**shift) % self.divisor) >= 2**shift:
            shift += 1
        return shift

    @property
    def factor(self) -> int:
        """``ceil(2**shift / divisor)``."""
        return -(-(2**self.shift) // self.divisor)


class Quotient(wiring.Component):
    """``o = round_half_even(i / divisors[which])``, for sums in a known range.

    Latency 2 cycles, throughput 1 per cycle. Products with constants are shifts and additions, as
    many as the constant has signed digits.

    Parameters
    ----------
    lo, hi : int
        Range of ``i``.
    divisors : tuple of int
        Each at least 1.

    Members
    -------
    i : In(stream.Signature(StructLayout({"sum": signed, "which": range(len(divisors))})))
    o : Out(stream.Signature(signed(out_width)))
    """

    def __init__(self, *, lo: int, hi: int, divisors: tuple[int, ...]):
        if lo > hi or not divisors or min(divisors) < 1:
            raise ValueError(f"There is nothing to divide: {lo} to {hi} by {divisors}")
        self.lo = lo
        self.hi = hi
        self.divisors = divisors
        self.sum_width = signed_width(lo, hi)
        layout = data.StructLayout({"sum": signed(self.sum_width), "which": range(len(divisors))})
        super().__init__(
            {
                "i": In(stream.Signature(layout)),
                "o": Out(stream.Signature(signed(self.sum_width))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        advance, valid = Signal(), Signal()
        m.d.comb += [advance.eq(~self.o.valid | self.o.ready), self.i.ready.eq(advance)]
        with m.If(advance):
            m.d.sync += [valid.eq(self.i.valid), self.o.valid.eq(valid)]

        which = Signal.like(self.i.p.which, reset_less=True)
        with m.If(advance):
            m.d.sync += which.eq(self.i.p.which)
        results = [self._divide(m, advance, divisor) for divisor in self.divisors]
        for n, result in enumerate(results):
            with m.If(advance & (which == n)):
                m.d.sync += self.o.p.eq(result)
        return m

    def _divide(self, m, advance, divisor):
        """Round half up by one floor; where that was a tie, take the even neighbour."""
        # Twice the sum and the divisor, moved up to be positive.
        offset = -(-max(0, -self.lo) // divisor) + 1
        raised = 2 * self.i.p.sum + (divisor + 2 * divisor * offset)
        largest = 2 * self.hi + divisor + 2 * divisor * offset
        reciprocal = Reciprocal(2 * divisor, largest)
        doubled = Signal(range(largest + 1), reset_less=True, name=f"doubled_{divisor}")
        product = Signal(range(largest * reciprocal.factor + 1), name=f"product_{divisor}")
        held = Signal(range(largest // (2 * divisor) + 1), reset_less=True, name=f"held_{divisor}")
        m.d.comb += product.eq(self._times(Value.cast(raised), reciprocal.factor))
        with m.If(advance):
            m.d.sync += [doubled.eq(raised), held.eq(product >> reciprocal.shift)]
        tie = Signal(name=f"tie_{divisor}")
        back = Signal(len(doubled) + 1, name=f"back_{divisor}")
        m.d.comb += [
            back.eq(self._times(held, 2 * divisor)),
            # The parity of the quotient itself, without the offset.
            tie.eq((back == doubled) & (held[0] ^ (offset & 1))),
        ]
        return held - offset - Mux(tie, 1, 0)

    @staticmethod
    def _times(value, constant):
        """Product with a constant, by shifts and additions."""
        total = 0
        for sign, shift in shift_add_terms(constant):
            total = total + (value << shift) if sign > 0 else total - (value << shift)
        return total
