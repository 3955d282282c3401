"""Dot products of each channel with weights of its own."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Shape, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from quant.codebook import Codebook
from shiftconv.gateware.cyclic_memory import CyclicMemory
from shiftconv.gateware.line_buffer import words_layout
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.processing_element import ProcessingElement

__all__ = ["ChannelSums"]


class ChannelSums(wiring.Component):
    """One processing element per channel of a group, each with its own activations and codes.

    Latency that of the processing element, throughput one word per cycle.

    Parameters
    ----------
    codebook : Codebook
    act : ShapeLike
    values : int
        Activations of each channel in a word.
    par : int
        Channels of a group.
    acc_width : int
    codes : sequence of int
        A word per fold, in order and over again: for each channel of the group ``values`` codes.
    structure : str, optional
        Of each processing element.
    kind : {"block", "lut", "big"}, optional
        What the memory of codes is made of.

    Members
    -------
    i : In(stream.Signature(words_layout(act, values * par)))
        Values, their channels within.
    o : Out(stream.Signature(ArrayLayout(signed(acc_width), par)))
    """

    def __init__(
        self,
        *,
        codebook: Codebook,
        act,
        values: int,
        par: int,
        acc_width: int,
        codes: Sequence[int],
        structure: str | None = None,
        kind: MemoryKind | None = None,
    ):
        self.codebook = codebook
        self.act = Shape.cast(act)
        self.values = values
        self.par = par
        self.acc_width = acc_width
        self.codes = codes
        self.structure = structure
        self.kind = kind
        super().__init__(
            {
                "i": In(stream.Signature(words_layout(self.act, values * par))),
                "o": Out(stream.Signature(data.ArrayLayout(signed(acc_width), par))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        width = self.values * self.codebook.code_width
        m.submodules.weights = codes = CyclicMemory(
            width=self.par * width, depth=len(self.codes), words=self.codes, kind=self.kind
        )
        elements = [
            ProcessingElement(
                codebook=self.codebook,
                act=self.act,
                lanes=self.values,
                acc_width=self.acc_width,
                structure=self.structure,
            )
            for _ in range(self.par)
        ]
        # All elements do the same at the same time, so the first one's handshake is everyone's.
        leader = elements[0]
        both = self.i.valid & codes.o.valid
        m.d.comb += [
            self.i.ready.eq(leader.i.ready & codes.o.valid),
            codes.o.ready.eq(leader.i.ready & self.i.valid),
            self.o.valid.eq(leader.o.valid),
        ]
        for channel, element in enumerate(elements):
            m.submodules[f"{element.lane}{channel}"] = element
            acts = [self.i.p.data[n * self.par + channel] for n in range(self.values)]
            m.d.comb += [
                element.i.valid.eq(both),
                Cat(element.i.p.act).eq(Cat(acts)),
                element.i.p.code.eq(codes.o.p.word_select(channel, width)),
                element.i.p.last.eq(self.i.p.last),
                element.o.ready.eq(self.o.ready),
                self.o.p[channel].eq(element.o.p),
            ]
        return m
