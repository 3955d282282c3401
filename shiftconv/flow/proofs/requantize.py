"""Requantization rounds half to even and saturates, for every accumulator and every shift."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from amaranth.hdl import Signal, Value

from quant.fixed_point import ActFormat
from shiftconv.flow.proofs import ProofKind
from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.verdict import Proof
from shiftconv.gateware.requantize import Requantize

__all__ = ["Requantization", "is_nearest", "requantize_bench"]

FORMATS = [ActFormat(width, 0, sign) for width in range(2, 17) for sign in (False, True)]
SOME_FORMATS = [ActFormat(8, 0, False), ActFormat(8, 0, True), ActFormat(3, 0, True)]


class Requantization(ProofKind):
    """Whole ranges of shifts at run time, and each shift that a layer may have."""

    kind: ClassVar[str] = "requantize"
    about: ClassVar[str] = "o == clamp(round_half_even(acc * 2**-shift)), by the definition of each"

    @classmethod
    def proofs(cls, *, every: bool) -> Iterator[Proof]:
        sizes = [(12, fmt, 0, 7) for fmt in SOME_FORMATS]
        sizes += [
            (9, SOME_FORMATS[1], -3, 4),
            (6, SOME_FORMATS[2], 5, 12),
            (1, SOME_FORMATS[0], 0, 1),
        ]
        if every:
            sizes += [(20, fmt, 0, 15) for fmt in FORMATS]
            sizes += [(width, SOME_FORMATS[1], 0, 7) for width in range(1, 33)]
            sizes += [(24, fmt, n, n) for fmt in SOME_FORMATS for n in range(-32, 64)]
        for acc_width, fmt, low, high in dict.fromkeys(sizes):
            yield Proof(
                name=f"{cls.kind}/acc{acc_width}/{'s' if fmt.signed else 'u'}{fmt.width}/"
                f"shift{low}to{high}",
                make=partial(requantize_bench, acc_width, fmt, low, high),
            )


def requantize_bench(acc_width: int, fmt: ActFormat, shift_min: int, shift_max: int) -> Bench:
    """A requantizer; what entered it stands beside what leaves."""
    dut = Requantize(acc_width=acc_width, out_format=fmt, shift_min=shift_min, shift_max=shift_max)
    bench = Bench(bound=5, induction=4)
    m = bench.m
    bench.add("dut", dut)
    enters = bench.drive("i_valid", dut.i.valid)
    bench.drive("acc", dut.i.p.acc)
    shift = bench.drive("shift", dut.i.p.shift)
    leaves = bench.drive("o_ready", dut.o.ready)
    moves = ~dut.o.valid | leaves
    bench.moves(moves)

    there = [enters, dut.i.p.acc, shift]
    for n in range(dut.latency):
        stage = [
            Signal(Value.cast(value).shape(), name=f"stage{n}_{k}") for k, value in enumerate(there)
        ]
        with m.If(moves):
            m.d.sync += [after.eq(before) for after, before in zip(stage, there, strict=True)]
        there = stage
    valid, value, amount = there
    bench.show("o", dut.o.p)
    bench.assume("the shift is in its range", shift <= shift_max - shift_min)
    bench.claim("a result leaves for each that entered, two moves later", dut.o.valid == valid)
    right = Signal()
    with m.Switch(amount):
        for n in range(shift_max - shift_min + 1):
            with m.Case(n):
                m.d.comb += right.eq(is_nearest(value, dut.o.p, shift_min + n, fmt))
        with m.Default():
            m.d.comb += right.eq(1)
    bench.claim("it is the nearest that the format has, of two the even one", ~valid | right)
    bench.cover("a result", valid)
    if (2 ** (acc_width - 1) - 1) * 2.0**-shift_min > fmt.hi:
        bench.cover("the largest result", valid & (dut.o.p == fmt.hi))
        bench.cover("the smallest result", valid & (dut.o.p == fmt.lo))
    return bench


def is_nearest(exact: Value, result: Value, shift: int, fmt: ActFormat) -> Value:
    """Whether no integer of the format is nearer to ``exact * 2**-shift``, nor as near and even.

    In halves of ``2**shift``, twice the distance is compared with one unit on either side; an end
    of the format has no neighbour beyond it.
    """
    unit = 2 ** max(shift, 0)
    twice = 2 * (exact * 2 ** max(-shift, 0) - result * unit)
    even = ~result[0]
    not_above = (twice > -unit) | ((twice == -unit) & even) | (result == fmt.lo)
    not_below = (twice < unit) | ((twice == unit) & even) | (result == fmt.hi)
    return not_above & not_below
