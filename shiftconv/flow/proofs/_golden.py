"""What products and sums are, said with multiplications and the golden model's levels."""

import numpy as np
from amaranth.hdl import Module, Mux, Shape, Signal, Value, signed

from quant.codebook import Codebook
from shiftconv.gateware.dot_products import DotProduct

__all__ = ["GoldenDotProduct", "codebooks_of", "product"]

MAX_WIDTH = 16


def codebooks_of(structure) -> list[Codebook]:
    """Every codebook of a width up to 16 that a dot product's structure takes."""
    found = []
    for width in range(MAX_WIDTH + 1):
        try:
            codebook = structure.codebook_type(width)
        except ValueError:
            continue
        if structure.fits(codebook):
            found.append(codebook)
    return found


def product(m: Module, act: Value, code: Value, codebook: Codebook) -> Value:
    """``act * level(code)``: for each code a product with the level that the golden model decodes.

    Where the code itself is the level, as an integer, a table would only hide that.
    """
    codes = np.arange(2**codebook.code_width)
    levels = codebook.decode(codes)
    half = len(codes) // 2
    if np.array_equal(levels, (codes + half) % len(codes) - half):
        return act * code.as_signed()
    products = [act * level for level in levels.tolist()]
    chosen = Signal(signed(max(map(len, products)) + 1), name="product")
    with m.Switch(code):
        for n, value in enumerate(products):
            with m.Case(n):
                m.d.comb += chosen.eq(value)
    return chosen


class GoldenDotProduct(DotProduct):
    """Products and their sum at once, then as many registers as ``latency`` asks for."""

    kind = "golden"

    def __init__(self, *, latency: int, **size):
        super().__init__(**size)
        self.latency = latency

    @classmethod
    def fits(cls, codebook) -> bool:
        return True

    @classmethod
    def latency_of(cls, codebook: Codebook, lanes: int) -> int:
        return 1

    def elaborate(self, platform):
        m = Module()
        total = sum(product(m, self.act[n], self.code[n], self.codebook) for n in range(self.lanes))
        for n in range(self.latency - 1):
            stage = Signal(Shape.cast(total.shape()), name=f"delayed{n}")
            with m.If(self.en):
                m.d.sync += stage.eq(total)
            total = stage
        with m.If(self.en & self.accumulate):
            m.d.sync += self.total.eq(Mux(self.restart, 0, self.total) + total)
        return m
