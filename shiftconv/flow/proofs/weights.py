"""Weights of every codebook are what the golden model decodes, whatever their lanes are."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from amaranth.hdl import signed, unsigned

from quant.codebook import (
    Codebook,
    IndexedLevels,
    PowerOfTwo,
    TwoTerm,
    UnequalRanges,
    apot,
    shift_cnn,
    sp2,
)
from shiftconv.flow.proofs import ProofKind
from shiftconv.flow.proofs.dot_product import dot_product_bench
from shiftconv.flow.prover.verdict import Proof
from shiftconv.gateware.dot_product import dot_product_fits, make_dot_product
from shiftconv.gateware.dot_products import DOT_PRODUCTS, default_structure

__all__ = ["Weights"]

CODEBOOKS: tuple[Codebook, ...] = (
    PowerOfTwo(2, (0, 3)),
    UnequalRanges(2, 1),
    apot(4),
    IndexedLevels((-12, 0, 5, 30)),
)
MORE: tuple[Codebook, ...] = (
    PowerOfTwo(2, (0, 2, 4)),
    PowerOfTwo(3, (0, 1, 2, 3)),
    PowerOfTwo(3, (1, 2, 4, 7)),
    UnequalRanges(1, -1),
    UnequalRanges(3, 1),
    UnequalRanges(4, -1),
    apot(5),
    sp2(6),
    shift_cnn(4),
    TwoTerm((2, 3), (0, 1), shared_sign=False),
    IndexedLevels((-8, 2)),
    IndexedLevels((-4, 0, 1, 16)),
)


class Weights(ProofKind):
    """Shifts with gaps, ranges that differ, sums of two terms, a layer's own levels."""

    kind: ClassVar[str] = "weights"
    about: ClassVar[str] = "total == sum of act * level(code), codes of any codebook"

    @classmethod
    def proofs(cls, *, every: bool) -> Iterator[Proof]:
        for codebook in CODEBOOKS + (MORE if every else ()):
            structures = DOT_PRODUCTS if every else [default_structure(codebook)]
            for structure in structures:
                if not dot_product_fits(structure, codebook):
                    continue
                for act in (signed(3), unsigned(5)) if every else (signed(3),):
                    sign = "s" if act.signed else "u"
                    yield Proof(
                        name=f"{cls.kind}/{codebook.name}/{structure}/{sign}{act.width}/x1",
                        make=partial(
                            dot_product_bench,
                            partial(make_dot_product, structure),
                            codebook=codebook,
                            act=act,
                            lanes=1,
                        ),
                    )
