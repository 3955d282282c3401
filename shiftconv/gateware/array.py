"""Processing elements that share one vector of activations."""

from amaranth.hdl import Cat, Module, Shape, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import Codebook
from shiftconv.gateware.processing_element import ProcessingElement, operands_layout

__all__ = ["Array"]


class Array(wiring.Component):
    """Dot products of one window with ``out_par`` output channels at once.

    Throughput one fold per cycle, latency that of the processing element.

    Parameters
    ----------
    codebook : Codebook
    act : ShapeLike
    lanes : int
        Of each processing element.
    out_par : int
        Number of processing elements.
    acc_width : int
    structure : str, optional
        Of each processing element.

    Members
    -------
    i : In(stream.Signature(operands_layout(act, codebook, lanes, out_par)))
    o : Out(stream.Signature(ArrayLayout(signed(acc_width), out_par)))
    """

    def __init__(
        self,
        *,
        codebook: Codebook,
        act,
        lanes: int,
        out_par: int,
        acc_width: int,
        structure: str | None = None,
    ):
        if out_par < 1:
            raise ValueError(f"Output parallelism must be a positive integer, not {out_par!r}")
        self.codebook = codebook
        self.act = Shape.cast(act)
        self.lanes = lanes
        self.out_par = out_par
        self.acc_width = acc_width
        self._elements = [
            ProcessingElement(
                codebook=codebook, act=act, lanes=lanes, acc_width=acc_width, structure=structure
            )
            for _ in range(out_par)
        ]
        self.structure = self._elements[0].structure
        self.latency = self._elements[0].latency
        super().__init__(
            {
                "i": In(stream.Signature(operands_layout(act, codebook, lanes, out_par))),
                "o": Out(stream.Signature(data.ArrayLayout(signed(acc_width), out_par))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        # All elements do the same at the same time, so the first one's handshake is everyone's.
        leader = self._elements[0]
        m.d.comb += [self.i.ready.eq(leader.i.ready), self.o.valid.eq(leader.o.valid)]
        for n, element in enumerate(self._elements):
            m.submodules[f"{element.lane}{n}"] = element
            codes = [self.i.p.code[n * self.lanes + lane] for lane in range(self.lanes)]
            m.d.comb += [
                element.i.valid.eq(self.i.valid),
                element.i.p.act.eq(self.i.p.act),
                element.i.p.code.eq(Cat(codes)),
                element.i.p.last.eq(self.i.p.last),
                element.o.ready.eq(self.o.ready),
                self.o.p[n].eq(element.o.p),
            ]
        return m
