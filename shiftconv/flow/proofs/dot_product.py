"""Every structure of a dot product is a sum of products."""

import itertools
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from amaranth.back import rtlil
from amaranth.hdl import Const, Mux, Shape, Signal, Value, signed, unsigned

from boards import FAMILIES
from quant.codebook import Codebook
from shiftconv.flow.proofs import ProofKind
from shiftconv.flow.proofs._golden import codebooks_of, product
from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.verdict import Proof
from shiftconv.gateware.dot_products import DOT_PRODUCTS, DotProduct
from shiftconv.gateware.family import FamilyPlatform

__all__ = ["DotProducts", "dot_product_bench", "families_of"]

FOLDS = 2
ACT_WIDTHS = range(2, 17)
# No solver sees through Booth's recoding of much wider factors.
MAX_CODE_WIDTH, MAX_PRODUCT_WIDTH = 6, 13


class DotProducts(ProofKind):
    """All kinds in the registry, on every family for which they differ."""

    kind: ClassVar[str] = "dot_product"
    about: ClassVar[str] = "total == sum of act * level(code), whatever comes in and stalls"

    @classmethod
    def proofs(cls, *, every: bool) -> Iterator[Proof]:
        for name, structure in DOT_PRODUCTS.items():
            for family in [None, *families_of(structure)]:
                for codebook, act, lanes in _sizes(structure, family, every):
                    sign = "s" if act.signed else "u"
                    yield Proof(
                        name=f"{cls.kind}/{name}/{family or 'portable'}/{codebook.name}/"
                        f"{sign}{act.width}/x{lanes}",
                        make=partial(
                            dot_product_bench,
                            structure,
                            codebook=codebook,
                            act=act,
                            lanes=lanes,
                            family=family,
                        ),
                        family=family,
                    )


def families_of(structure: type[DotProduct]) -> list[str]:
    """Families for which a structure is built of other cells than its portable twin."""

    def design(family: str | None) -> str:
        component = structure(
            codebook=codebooks_of(structure)[-1], act=unsigned(4), lanes=2, acc_width=24
        )
        platform = FamilyPlatform(family) if family else None
        return rtlil.convert(component, name="top", platform=platform, emit_src=False)

    portable = design(None)
    return [family for family in FAMILIES if design(family) != portable]


def _sizes(
    structure: type[DotProduct], family: str | None, every: bool
) -> Iterator[tuple[Codebook, Shape, int]]:
    """Codebook, activation and lanes of each proof, none twice."""
    codebooks = [c for c in codebooks_of(structure) if c.code_width <= MAX_CODE_WIDTH]
    few = [c for c in codebooks if c.code_width <= MAX_CODE_WIDTH // 2]
    sizes = [(few[-1], signed(4), 2)]
    if family is None:
        sizes += [(c, Shape(5, bool(n % 2)), 1) for n, c in enumerate(codebooks)]
        sizes += [(few[-1], signed(3), 3)]
    if every:
        signs = (False, True)
        sizes += [
            (codebook, Shape(width, sign), 1)
            for codebook, width, sign in itertools.product(codebooks, ACT_WIDTHS, signs)
            if structure.lane == "svpe" or codebook.code_width + width <= MAX_PRODUCT_WIDTH
        ]
        sizes += [
            (codebook, Shape(4, sign), lanes)
            for codebook, lanes, sign in itertools.product(few, (2, 3), signs)
        ]
    return iter(dict.fromkeys(sizes))


def dot_product_bench(
    structure: type[DotProduct],
    *,
    codebook: Codebook,
    act: Shape,
    lanes: int,
    family: str | None = None,
) -> Bench:
    """A dot product beside products, sums and an accumulator as its contract has them.

    Everything that enters is free, but for what the contract asks of the caller: that the sum since
    the last restart fits the accumulator.
    """
    largest = lanes * int(abs(codebook.levels).max()) * 2**act.width
    dut = structure(codebook=codebook, act=act, lanes=lanes, acc_width=largest.bit_length() + 1)
    bench = Bench(bound=dut.latency + FOLDS, induction=dut.latency + 1)
    bench.add("dut", dut, family=family)
    m = bench.m
    en = bench.drive("en", dut.en)
    restart = bench.drive("restart", dut.restart)
    accumulate = bench.drive("accumulate", dut.accumulate)

    # Products and their sum at once, then delayed as long as in the structure.
    delayed: Value = Const(0)
    for n in range(lanes):
        value, code = bench.free(f"act{n}", act), bench.free(f"code{n}", codebook.code_width)
        m.d.comb += [dut.act[n].eq(value), dut.code[n].eq(code)]
        delayed = delayed + product(m, value, code, codebook)
    for n in range(dut.latency - 1):
        stage = Signal(Shape.cast(delayed.shape()), name=f"delayed{n}")
        with m.If(en):
            m.d.sync += stage.eq(delayed)
        delayed = stage

    total, begun = Signal(signed(dut.acc_width)), Signal()
    following, kept = Mux(restart, 0, total) + delayed, Signal(signed(dut.acc_width))
    m.d.comb += kept.eq(following)
    with m.If(en & accumulate):
        m.d.sync += [total.eq(following), begun.eq(begun | restart)]
    bench.moves(en)
    bench.show("golden_total", total)
    bench.show("total", dut.total)
    bench.assume(
        "the sum since the last restart fits the accumulator",
        ~(en & accumulate) | (kept == following),
    )
    bench.claim("total is the sum since the last restart", ~begun | (dut.total == total))
    bench.cover("a sum of several folds other than zero", begun & ~restart & (total != 0))
    bench.cover("a negative sum", begun & (total < 0))
    return bench
