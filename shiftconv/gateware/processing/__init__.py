"""Processing elements: one output channel's dot product, one file per kind of lane."""

from typing import Any, ClassVar

from amaranth.hdl import Module, Mux, Shape, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import Codebook
from quant.registry import find_kinds
from shiftconv.gateware.adder_tree import AdderTree

__all__ = ["PES", "ProcessingElement", "operands_layout"]


def operands_layout(act, codebook: Codebook, lanes: int, n_codes: int = 1) -> data.StructLayout:
    """One fold of a window and the codes that go with it.

    Members are ``act`` (``lanes`` activations), ``code`` (``n_codes * lanes`` codes, those of the
    first dot product first) and ``last``, the mark on a window's last fold.
    """
    return data.StructLayout(
        {
            "act": data.ArrayLayout(act, lanes),
            "code": data.ArrayLayout(codebook.code_width, n_codes * lanes),
            "last": 1,
        }
    )


class ProcessingElement(wiring.Component):
    """Dot product of a window with one output channel's weights, ``lanes`` products a cycle.

    ``o = sum over the folds of a window of sum over lanes of act * level(code)``. Throughput one
    fold per cycle; a window's sum follows its last fold after ``latency`` cycles.

    Parameters
    ----------
    codebook : Codebook
        Must be a ``codebook_type`` of the kind.
    act : ShapeLike
        Activation.
    lanes : int
    acc_width : int
        Bits of the signed accumulator; the caller guarantees that no window's sum overflows it.

    Members
    -------
    i : In(stream.Signature(operands_layout(act, codebook, lanes)))
    o : Out(stream.Signature(signed(acc_width)))
    """

    kind: ClassVar[str]
    codebook_type: ClassVar[type]

    def __init__(self, *, codebook: Any, act, lanes: int, acc_width: int):
        self.codebook: Any = codebook
        if not isinstance(codebook, self.codebook_type):
            raise ValueError(
                f"Codebook must be a {self.codebook_type.__name__} for the {self.kind}, "
                f"not {codebook!r}"
            )
        if lanes < 1:
            raise ValueError(f"Number of lanes must be a positive integer, not {lanes!r}")
        if acc_width < 1:
            raise ValueError(f"Accumulator width must be a positive integer, not {acc_width!r}")
        self.act = Shape.cast(act)
        self.lanes = lanes
        self.acc_width = acc_width
        self.latency = 2 + (lanes - 1).bit_length()
        super().__init__(
            {
                "i": In(stream.Signature(operands_layout(act, self.codebook, lanes))),
                "o": Out(stream.Signature(signed(acc_width))),
            }
        )

    def lane(self) -> wiring.Component:
        """A new lane: ``act``, ``code`` in, ``term``, ``ones`` out."""
        raise NotImplementedError

    def elaborate(self, platform):
        m = Module()
        advance = Signal()
        m.d.comb += [advance.eq(~self.o.valid | self.o.ready), self.i.ready.eq(advance)]

        # Lanes, then a register.
        lanes = [self.lane() for _ in range(self.lanes)]
        width = lanes[0].term_width
        m.submodules.tree = tree = AdderTree(n_terms=self.lanes, term_width=width)
        m.d.comb += tree.en.eq(advance)
        for n, lane in enumerate(lanes):
            m.submodules[f"lane{n}"] = lane
            m.d.comb += [lane.act.eq(self.i.p.act[n]), lane.code.eq(self.i.p.code[n])]
            term = Signal(signed(width), reset_less=True, name=f"term{n}")
            ones = Signal(reset_less=True, name=f"ones{n}")
            with m.If(advance):
                m.d.sync += [term.eq(lane.term), ones.eq(lane.ones)]
            m.d.comb += [tree.terms[n].eq(term), tree.ones[n].eq(ones)]

        # The marks of a fold travel beside its terms.
        starts = Signal(init=1)
        with m.If(advance & self.i.valid):
            m.d.sync += starts.eq(self.i.p.last)
        marks = [(self.i.valid, starts, self.i.p.last)]
        for n in range(self.latency - 1):
            valid = Signal(name=f"valid{n}")
            first = Signal(reset_less=True, name=f"first{n}")
            last = Signal(reset_less=True, name=f"last{n}")
            with m.If(advance):
                m.d.sync += [s.eq(d) for s, d in zip((valid, first, last), marks[-1], strict=True)]
            marks.append((valid, first, last))
        valid, first, last = marks[-1]

        # Accumulate over the folds; the sum of a window leaves with its last.
        with m.If(advance):
            m.d.sync += self.o.valid.eq(valid & last)
            with m.If(valid):
                m.d.sync += self.o.p.eq(Mux(first, 0, self.o.p) + tree.total + tree.one)
        return m


PES = find_kinds(__name__, __path__, ProcessingElement)
