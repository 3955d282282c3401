"""Memories made of each family's look-up tables hold their words."""

import random
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from amaranth.hdl import Array, Const, Mux, Signal

from boards import FAMILIES
from shiftconv.flow.proofs import ProofKind
from shiftconv.flow.prover.bench import Bench
from shiftconv.flow.prover.verdict import Proof
from shiftconv.gateware.rom import Rom

__all__ = ["Roms", "rom_bench"]

# Of each family's tables and multiplexers: one that is not full, all kinds, all together.
DEPTHS = (3, 40, 300)
MORE_DEPTHS = (2, 16, 17, 32, 33, 64, 72, 100, 128, 130, 200, 256, 520)
WIDTH = 3


class Roms(ProofKind):
    """A word of each address, with and without gaps between them."""

    kind: ClassVar[str] = "rom"
    about: ClassVar[str] = "data is words[address] of the last cycle with en"

    @classmethod
    def proofs(cls, *, every: bool) -> Iterator[Proof]:
        for family in FAMILIES:
            for depth in DEPTHS + (MORE_DEPTHS if every else ()):
                yield Proof(
                    name=f"{cls.kind}/{family}/{depth}x{WIDTH}",
                    make=partial(rom_bench, depth, WIDTH, family),
                    family=family,
                )


def rom_bench(depth: int, width: int, family: str) -> Bench:
    """A memory of random words beside an array of them."""
    rng = random.Random(depth)
    words = [rng.getrandbits(width) for _ in range(depth)]
    dut = Rom(width=width, depth=depth, words=words, kind="lut")
    bench = Bench(bound=3, induction=2)
    m = bench.m
    bench.add("dut", dut, family=family)
    address = bench.drive("address", dut.address)
    reads = bench.drive("en", dut.en)
    bench.assume("there is such a word", address < depth)
    bench.show("data", dut.data)
    word, read = Signal(width), Signal()
    with m.If(reads):
        m.d.sync += [word.eq(Array(Const(word, width) for word in words)[address]), read.eq(1)]
    bench.claim("the word that was read last", dut.data == Mux(read, word, dut.data))
    bench.cover("another word than the first one", read & (dut.data != words[0]))
    return bench
