"""Two products in each multiplier block: two dot products that share activations."""

from amaranth.hdl import Cat, Module, Mux, Shape, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import TwosComplement
from shiftconv.gateware.adder_tree import AdderTree
from shiftconv.gateware.dsp_cascade import DspCascade
from shiftconv.gateware.processing_element import connect_dot_product, operands_layout

__all__ = ["PackedDotProducts", "PackedVpe"]

FIELD = 18
MAX_CODE_WIDTH = 8


class PackedDotProducts(wiring.Component):
    """Two dot products of the same activations, two products in each multiplier block.

    ``total[k] = sum over the folds since the last restart of sum over lanes of
    act * level(code[k])``; ports, moves and marks are those of a :class:`DotProduct`.

    A block multiplies ``(w1 * 2**18 + w0) * act``. Cascades are so short that a sum of low products
    fits 18 bits; below zero it has borrowed one from the high sum, which is given back.

    Parameters
    ----------
    codebook : TwosComplement
        Of 8 bits at most.
    act : ShapeLike
        Of 8 bits at most.
    lanes, acc_width : int
        Of each dot product.

    Members
    -------
    en, restart, accumulate : In(1)
    act : In(ArrayLayout(act, lanes))
    code : In(ArrayLayout(codebook.code_width, 2 * lanes))
        Those of the first dot product first.
    total : Out(ArrayLayout(signed(acc_width), 2))
    """

    def __init__(self, *, codebook: TwosComplement, act, lanes: int, acc_width: int):
        act = Shape.cast(act)
        if codebook.code_width > MAX_CODE_WIDTH or act.width > MAX_CODE_WIDTH:
            raise ValueError(
                f"Two products share a block up to {MAX_CODE_WIDTH} bits, "
                f"not at {codebook.code_width} and {act.width}"
            )
        if lanes < 1:
            raise ValueError(f"Number of lanes must be a positive integer, not {lanes!r}")
        self.codebook = codebook
        self.act_shape = act
        self.lanes = lanes
        self.acc_width = acc_width
        act_max = 2 ** (act.width - 1) if act.signed else 2**act.width - 1
        self._largest = act_max * 2 ** (codebook.code_width - 1)
        longest = (2 ** (FIELD - 1) - 1) // self._largest
        self.n_cascades = -(-lanes // longest)
        self.latency = DspCascade.latency + 1 + (self.n_cascades - 1).bit_length()
        super().__init__(
            {
                "en": In(1),
                "act": In(data.ArrayLayout(act, lanes)),
                "code": In(data.ArrayLayout(codebook.code_width, 2 * lanes)),
                "restart": In(1),
                "accumulate": In(1),
                "total": Out(data.ArrayLayout(signed(acc_width), 2)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        sums = [self._cascade(m, n) for n in range(self.n_cascades)]
        borrows = [low[-1] for low, _ in sums]
        for k, ones in enumerate(([0] * len(sums), borrows)):
            width = max(len(pair[k]) for pair in sums)
            tree = AdderTree(n_terms=len(sums), term_width=width)
            m.submodules[f"tree{k}"] = tree
            m.d.comb += [tree.en.eq(self.en), tree.ones.eq(Cat(ones))]
            m.d.comb += [tree.terms[n].eq(pair[k]) for n, pair in enumerate(sums)]
            total = self.total[k]
            with m.If(self.en & self.accumulate):
                m.d.sync += total.eq(Mux(self.restart, 0, total) + tree.total + tree.one)
        return m

    def _cascade(self, m, n: int):
        """Low and high sum of every ``n_cascades``-th lane."""
        lanes = range(n, self.lanes, self.n_cascades)
        cascade = DspCascade(lanes=len(lanes), accumulates=False)
        m.submodules[f"cascade{n}"] = cascade
        m.d.comb += cascade.en.eq(self.en)
        for at, lane in enumerate(lanes):
            high = self.code[self.lanes + lane].as_signed()
            m.d.comb += [
                cascade.high[at].eq(high << FIELD),
                cascade.low[at].eq(self.code[lane].as_signed()),
                cascade.b[at].eq(self.act[lane]),
            ]
        width = (self._largest * len(lanes)).bit_length() + 1
        low, high = cascade.total[:width], cascade.total[FIELD : FIELD + width]
        return low.as_signed(), high.as_signed()


class PackedVpe(wiring.Component):
    """Two processing elements in one: the VPE of 8 bits at its best on UltraScale+.

    Throughput one fold per cycle; a window's sums follow its last fold after ``latency`` cycles.

    Parameters
    ----------
    codebook, act, lanes, acc_width
        As :class:`PackedDotProducts` has them.

    Members
    -------
    i : In(stream.Signature(operands_layout(act, codebook, lanes, 2)))
    o : Out(stream.Signature(ArrayLayout(signed(acc_width), 2)))
    """

    def __init__(self, *, codebook: TwosComplement, act, lanes: int, acc_width: int):
        self._dot_products = PackedDotProducts(
            codebook=codebook, act=act, lanes=lanes, acc_width=acc_width
        )
        self.lanes = lanes
        self.acc_width = acc_width
        self.latency = self._dot_products.latency
        super().__init__(
            {
                "i": In(stream.Signature(operands_layout(act, codebook, lanes, 2))),
                "o": Out(stream.Signature(data.ArrayLayout(signed(acc_width), 2))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.dot_products = self._dot_products
        connect_dot_product(m, self.i, self.o, self._dot_products)
        return m
