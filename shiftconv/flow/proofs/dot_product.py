"""Every structure of a dot product is the naive one, and that is a sum of products."""

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar

import numpy as np
from amaranth.back import rtlil
from amaranth.hdl import Cat, Module, Shape, Signal, Value, signed, unsigned

from boards import FAMILIES
from quant.codebook import Codebook
from shiftconv.flow.proofs import ProofKind
from shiftconv.flow.proofs._golden import GoldenDotProduct, codebooks_of
from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.verdict import Proof
from shiftconv.gateware.dot_product import TermSum
from shiftconv.gateware.dot_products import DOT_PRODUCTS, DotProduct
from shiftconv.gateware.dot_products.naive import Naive
from shiftconv.gateware.family import FamilyPlatform

__all__ = ["DotProducts", "dot_product_bench", "families_of"]

FOLDS = 2
ACT_WIDTHS = range(2, 17)
# No solver sees through Booth's recoding of much wider factors.
MAX_CODE_WIDTH, MAX_PRODUCT_WIDTH = 6, 13
FAMILY_CODE_WIDTH = 4


class DotProducts(ProofKind):
    """All kinds in the registry, on every family for which they differ."""

    kind: ClassVar[str] = "dot_product"
    about: ClassVar[str] = "total as the naive structure's, whose is sum of act * level(code)"

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
    if family is not None and structure.lane == "svpe":
        # Structures take on another shape where a shift has more than two stages.
        sizes += [(c, signed(4), 1) for c in codebooks if c.code_width == FAMILY_CODE_WIDTH]
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
    make: Callable[..., DotProduct | TermSum],
    *,
    codebook: Codebook,
    act: Shape,
    lanes: int,
    family: str | None = None,
) -> Bench:
    """A dot product beside its reference: the naive one, or products as the golden model has them
    for the naive one itself and for what it does not take.

    Everything that enters is free, but for what the contract asks of the caller: that the sum since
    the last restart fits the accumulator, that folds have entered before they are accumulated, and
    that codes stand for weights. The reference's accumulator has one bit more, to see the first.
    """
    largest = lanes * int(abs(codebook.levels).max()) * 2**act.width
    acc_width = largest.bit_length() + 1
    size: dict[str, Any] = {"codebook": codebook, "act": act, "lanes": lanes}
    dut = make(acc_width=acc_width, **size)
    reference: DotProduct
    if make is not Naive and Naive.fits(codebook):
        reference = Naive(acc_width=acc_width + 1, **size)
    else:
        reference = GoldenDotProduct(acc_width=acc_width + 1, latency=dut.latency, **size)
    latency = max(dut.latency, reference.latency)
    bench = Bench(bound=2 * latency + FOLDS, induction=latency + 1)
    bench.add("dut", dut, family=family)
    bench.add("reference", reference)
    m = bench.m
    en, restart, accumulate = (bench.free(name) for name in ("en", "restart", "accumulate"))
    operands = [
        [bench.free(f"act{n}", act) for n in range(lanes)],
        [bench.free(f"code{n}", codebook.code_width) for n in range(lanes)],
    ]
    for part in (dut, reference):
        m.d.comb += [
            part.en.eq(en), part.restart.eq(restart), part.accumulate.eq(accumulate),
        ]  # fmt: skip
        # The marks come with the last move before the sum: the faster one's operands wait.
        for port, values in zip((part.act, part.code), operands, strict=True):
            late = _delayed(m, en, Cat(values), latency - part.latency)
            m.d.comb += Value.cast(port).eq(late)

    if spare := _spare_codes(codebook):
        is_spare = Cat(code == value for code in operands[1] for value in spare)
        bench.assume("every code is a weight's or a zero's", ~is_spare.any())

    moves = Signal(range(latency))
    with m.If(en & (moves != latency - 1)):
        m.d.sync += moves.eq(moves + 1)
    bench.assume("what is accumulated has entered", ~accumulate | (moves == latency - 1))

    begun = Signal()
    with m.If(en & accumulate):
        m.d.sync += begun.eq(begun | restart)
    bench.moves(en)
    bench.show("reference_total", reference.total)
    bench.show("total", dut.total)
    bench.assume(
        "the sum since the last restart fits the accumulator",
        ~begun | (reference.total == reference.total[:acc_width].as_signed()),
    )
    bench.claim("total is the sum since the last restart", ~begun | (dut.total == reference.total))
    bench.cover("a sum of several folds other than zero", begun & ~restart & (reference.total != 0))
    bench.cover("a negative sum", begun & (reference.total < 0))
    return bench


def _spare_codes(codebook: Codebook) -> list[int]:
    """Codes that stand for no weight of their own, nor for zero: a lane may make of them what it
    will."""
    codes = np.arange(2**codebook.code_width)
    used = np.isin(codes, codebook.encode(codebook.levels)) | (codebook.decode(codes) == 0)
    return codes[~used].tolist()


def _delayed(m: Module, en: Value, value: Value, n_moves: int) -> Value:
    """A value some moves later."""
    for _ in range(n_moves):
        kept = Signal(len(value), name="waiting")
        with m.If(en):
            m.d.sync += kept.eq(value)
        value = kept
    return value
