"""One stream to several takers."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["StreamFork"]


class StreamFork(wiring.Component):
    """Give every transfer to each of ``n`` outputs, which take it when they will.

    The input's transfer is done once all have taken it. Combinational; one transfer per cycle.

    Parameters
    ----------
    shape : ShapeLike
    n : int
        Number of outputs.

    Members
    -------
    i : In(stream.Signature(shape))
    o_0, o_1, ... : Out(stream.Signature(shape))
    """

    def __init__(self, *, shape, n: int):
        if n < 1:
            raise ValueError(f"Number of outputs must be a positive integer, not {n!r}")
        self.shape = shape
        self.n = n
        outputs = {f"o_{k}": Out(stream.Signature(shape)) for k in range(n)}
        super().__init__({"i": In(stream.Signature(shape)), **outputs})

    def elaborate(self, platform):
        m = Module()
        outputs = [getattr(self, f"o_{k}") for k in range(self.n)]
        taken = Signal(self.n)
        takes = Cat(output.ready for output in outputs) | taken
        m.d.comb += self.i.ready.eq(takes.all())
        for k, output in enumerate(outputs):
            m.d.comb += [output.p.eq(self.i.p), output.valid.eq(self.i.valid & ~taken[k])]
        with m.If(self.i.valid):
            m.d.sync += taken.eq(0)
            with m.If(~takes.all()):
                m.d.sync += taken.eq(takes)
        return m
