"""A dot product with weights of any codebook: structures of the registry, one for each term."""

import numpy as np
from amaranth.hdl import Module, Mux, Shape, Signal, Value, signed
from amaranth.lib import wiring

from quant.codebook import Codebook, Term
from shiftconv.gateware.code_table import look_up_code
from shiftconv.gateware.dot_products import DOT_PRODUCTS, DotProduct, dot_product_members

__all__ = ["TermSum", "dot_product_fits", "dot_product_latency", "make_dot_product"]

ADDED_LATENCY = 2


def _is_plain(codebook: Codebook) -> bool:
    """Whether lanes take the codes as they are."""
    return codebook.terms == (Term(codebook, 0),)


def dot_product_fits(structure: str, codebook: Codebook) -> bool:
    """Whether a structure has lanes for every term of a codebook's weights."""
    return all(DOT_PRODUCTS[structure].fits(term.codebook) for term in codebook.terms)


def dot_product_latency(structure: str, codebook: Codebook, lanes: int) -> int:
    """Latency of :func:`make_dot_product`'s component, in moves."""
    latency = max(
        DOT_PRODUCTS[structure].latency_of(term.codebook, lanes) for term in codebook.terms
    )
    return latency if len(codebook.terms) == 1 else latency + ADDED_LATENCY


def make_dot_product(
    structure: str, *, codebook: Codebook, act, lanes: int, acc_width: int
) -> "DotProduct | TermSum":
    """Component with the contract of a :class:`DotProduct`, its lanes those of a structure.

    Parameters
    ----------
    structure : str
        A key of ``DOT_PRODUCTS``.
    codebook : Codebook
    act : ShapeLike
    lanes : int
        Weights, each with a lane for each of its terms.
    acc_width : int

    Raises
    ------
    ValueError
        If there is no such structure, or it doesn't take the codebook's terms.
    """
    if structure not in DOT_PRODUCTS:
        raise ValueError(f"Structure must be one of {', '.join(DOT_PRODUCTS)}, not {structure!r}")
    make = DOT_PRODUCTS[structure] if _is_plain(codebook) else TermSum.of_structure(structure)
    return make(codebook=codebook, act=act, lanes=lanes, acc_width=acc_width)


class TermSum(wiring.Component):
    """Dot product of weights that have two terms, or whose codes are not those of their lanes.

    As :class:`DotProduct`. Each code is decoded once, in front of its lanes. Two terms have a dot
    product each, of one fold at a time; a register adds them up, and the accumulator is behind it.

    Parameters
    ----------
    structure : type of DotProduct
        Of the lanes and adders of each term.
    codebook : Codebook
    act : ShapeLike
    lanes : int
        Weights, each with a lane for each of its terms.
    acc_width : int

    Notes
    -----
    Weights of two terms are those of ShiftCNN, APoT and MSQ; a decoder in front of the lanes is
    CLIP-Q's on reconfigurable arrays, where it is a multiplexer of four registers.
    """

    def __init__(
        self,
        structure: type[DotProduct],
        *,
        codebook: Codebook,
        act,
        lanes: int,
        acc_width: int,
    ):
        for term in codebook.terms:
            if not structure.fits(term.codebook):
                raise ValueError(
                    f"A {structure.kind} has no lane for {term.codebook.name}, "
                    f"which weights of {codebook.name} need"
                )
        self.codebook = codebook
        self.act_shape = Shape.cast(act)
        self.lanes = lanes
        self.acc_width = acc_width
        self.lane = structure.lane
        self.latency = dot_product_latency(structure.kind, codebook, lanes)
        self._parts = [self._part(structure, term) for term in codebook.terms]
        super().__init__(dot_product_members(codebook, self.act_shape, lanes, acc_width))

    @classmethod
    def of_structure(cls, structure: str):
        """What makes a dot product of one structure."""
        return lambda **parameters: cls(DOT_PRODUCTS[structure], **parameters)

    def _part(self, structure: type[DotProduct], term: Term) -> DotProduct:
        """Dot product of one term: of a whole window if there is no other, else of a fold."""
        width = self.acc_width
        if len(self.codebook.terms) > 1:
            largest = self.lanes * int(abs(term.codebook.levels).max()) << self.act_shape.width
            width = largest.bit_length() + 1
        return structure(
            codebook=term.codebook, act=self.act_shape, lanes=self.lanes, acc_width=width
        )

    def elaborate(self, platform):
        m = Module()
        table = self.codebook.term_codes(np.arange(2**self.codebook.code_width))
        for n, part in enumerate(self._parts):
            m.submodules[f"term{n}"] = part
            m.d.comb += [part.en.eq(self.en), part.act.eq(self.act)]
            for lane in range(self.lanes):
                code = look_up_code(self.code[lane], table[:, n], part.codebook.code_width)
                m.d.comb += part.code[lane].eq(code)
        if len(self._parts) == 1:
            (part,) = self._parts
            m.d.comb += [
                part.restart.eq(self.restart),
                part.accumulate.eq(self.accumulate),
                self.total.eq(part.total << self.codebook.terms[0].offset),
            ]
        else:
            self._accumulate(m)
        return m

    def _accumulate(self, m: Module) -> None:
        slowest = max(part.latency for part in self._parts)
        products: list[Value] = []
        for part, term in zip(self._parts, self.codebook.terms, strict=True):
            m.d.comb += [part.restart.eq(1), part.accumulate.eq(1)]
            total: Value = part.total
            for _ in range(slowest - part.latency):
                later = Signal(total.shape(), reset_less=True, name="later")
                with m.If(self.en):
                    m.d.sync += later.eq(total)
                total = later
            products.append(total << term.offset)
        added = sum(products[1:], products[0])
        fold = Signal(signed(min(len(added), self.acc_width)), reset_less=True)
        with m.If(self.en):
            m.d.sync += fold.eq(added)
            with m.If(self.accumulate):
                m.d.sync += self.total.eq(Mux(self.restart, 0, self.total) + fold)
