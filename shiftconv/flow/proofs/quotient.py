"""Division by constants rounds half to even."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from amaranth.hdl import Signal, Value

from shiftconv.flow.proofs import ProofKind
from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.verdict import Proof
from shiftconv.gateware.quotient import Quotient

__all__ = ["Quotients", "quotient_bench"]


class Quotients(ProofKind):
    """Means of windows of pixels."""

    kind: ClassVar[str] = "quotient"
    about: ClassVar[str] = "o == round_half_even(i / divisor), by its definition"

    @classmethod
    def proofs(cls, *, every: bool) -> Iterator[Proof]:
        sizes = [(0, 135, (6, 9)), (-64, 62, (2, 3, 4))]
        if every:
            sizes += [(-128 * n, 127 * n, (n,)) for n in range(1, 122)]
        for low, high, divisors in sizes:
            yield Proof(
                name=f"{cls.kind}/{low}to{high}/by{'_'.join(map(str, divisors))}",
                make=partial(quotient_bench, low, high, divisors),
            )


def quotient_bench(low: int, high: int, divisors: tuple[int, ...]) -> Bench:
    """A divider; what entered it stands beside what leaves."""
    dut = Quotient(lo=low, hi=high, divisors=divisors)
    bench = Bench(bound=5, induction=4)
    m = bench.m
    bench.add("dut", dut)
    enters = bench.drive("i_valid", dut.i.valid)
    bench.drive("sum", dut.i.p.sum)
    bench.drive("which", dut.i.p.which)
    leaves = bench.drive("o_ready", dut.o.ready)
    moves = ~dut.o.valid | leaves
    bench.moves(moves)
    bench.assume("the sum is in its range", (dut.i.p.sum >= dut.lo) & (dut.i.p.sum <= dut.hi))
    bench.assume("there is such a divisor", dut.i.p.which < len(dut.divisors))

    there = [enters, dut.i.p.sum, dut.i.p.which]
    for n in range(2):
        stage = [Signal(Value.cast(v).shape(), name=f"stage{n}_{k}") for k, v in enumerate(there)]
        with m.If(moves):
            m.d.sync += [after.eq(before) for after, before in zip(stage, there, strict=True)]
        there = stage
    valid, value, which = there
    right = Signal()
    for n, divisor in enumerate(dut.divisors):
        twice = 2 * (value - dut.o.p * divisor)
        near = (twice > -divisor) & (twice < divisor)
        tie = ((twice == divisor) | (twice == -divisor)) & ~dut.o.p[0]
        with m.If(which == n):
            m.d.comb += right.eq(near | tie)
    bench.claim("a result leaves for each that entered, two moves later", dut.o.valid == valid)
    bench.claim("it is the nearest integer, of two the even one", ~valid | right)
    bench.cover("a result other than zero", valid & (dut.o.p != 0))
    return bench
