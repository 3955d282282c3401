"""Processing element: one output channel's dot product as a stream."""

from amaranth.hdl import Module, Shape, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import Codebook
from shiftconv.gateware.dot_product import make_dot_product
from shiftconv.gateware.dot_products import default_structure

__all__ = ["ProcessingElement", "connect_dot_product", "operands_layout"]


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
    fold per cycle; a window's sum follows its last fold after ``latency`` cycles. An SVPE (Chen et
    al., IEEE TNNLS 2021, Sec. V-A) where the structure's lanes are shifts, else a VPE.

    Parameters
    ----------
    codebook : Codebook
    act : ShapeLike
        Activation.
    lanes : int
    acc_width : int
        Bits of the signed accumulator; the caller guarantees that no window's sum overflows it.
    structure : str, optional
        Kind of lanes and adders, a key of ``DOT_PRODUCTS``; by default one that suits the codebook
        on any family of devices.

    Members
    -------
    i : In(stream.Signature(operands_layout(act, codebook, lanes)))
    o : Out(stream.Signature(signed(acc_width)))
    """

    def __init__(
        self,
        *,
        codebook: Codebook,
        act,
        lanes: int,
        acc_width: int,
        structure: str | None = None,
    ):
        structure = structure or default_structure(codebook)
        self._dot_product = make_dot_product(
            structure, codebook=codebook, act=act, lanes=lanes, acc_width=acc_width
        )
        self.structure = structure
        self.codebook = codebook
        self.act = Shape.cast(act)
        self.lanes = lanes
        self.acc_width = acc_width
        self.latency = self._dot_product.latency
        super().__init__(
            {
                "i": In(stream.Signature(operands_layout(act, codebook, lanes))),
                "o": Out(stream.Signature(signed(acc_width))),
            }
        )

    @property
    def lane(self) -> str:
        """``svpe`` or ``vpe``."""
        return self._dot_product.lane

    def elaborate(self, platform):
        m = Module()
        m.submodules.dot_product = self._dot_product
        connect_dot_product(m, self.i, self.o, self._dot_product)
        return m


def connect_dot_product(m: Module, i, o, dot) -> None:
    """Put a dot product between two streams: it moves whenever its sum can leave.

    Parameters
    ----------
    m : Module
    i, o : stream of operands_layout, stream of sums
    dot : Component
        With the ports and the ``latency`` of a :class:`DotProduct`.
    """
    advance = Signal()
    m.d.comb += [advance.eq(~o.valid | o.ready), i.ready.eq(advance)]
    m.d.comb += [
        dot.en.eq(advance),
        dot.act.eq(i.p.act),
        dot.code.eq(i.p.code),
        o.p.eq(dot.total),
    ]

    # The marks of a fold travel beside its terms.
    starts = Signal(init=1)
    with m.If(advance & i.valid):
        m.d.sync += starts.eq(i.p.last)
    marks = [(i.valid, starts, i.p.last)]
    for n in range(dot.latency - 1):
        valid = Signal(name=f"valid{n}")
        first = Signal(reset_less=True, name=f"first{n}")
        last = Signal(reset_less=True, name=f"last{n}")
        with m.If(advance):
            m.d.sync += [s.eq(d) for s, d in zip((valid, first, last), marks[-1], strict=True)]
        marks.append((valid, first, last))
    valid, first, last = marks[-1]

    # The sum of a window leaves with its last fold.
    m.d.comb += [dot.accumulate.eq(valid), dot.restart.eq(first)]
    with m.If(advance):
        m.d.sync += o.valid.eq(valid & last)
