"""First in, first out."""

from amaranth.hdl import Module, Shape, Value
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["StreamQueue"]


class StreamQueue(wiring.Component):
    """A stream that can hold ``depth`` transfers back. Throughput one per cycle.

    Parameters
    ----------
    shape : ShapeLike
        Payload.
    depth : int

    Members
    -------
    i : In(stream.Signature(shape))
    o : Out(stream.Signature(shape))
    """

    def __init__(self, *, shape, depth: int):
        if depth < 1:
            raise ValueError(f"Depth must be a positive integer, not {depth!r}")
        self.shape = shape
        self.depth = depth
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.fifo = queue = fifo.SyncFIFOBuffered(
            width=Shape.cast(self.shape).width, depth=self.depth
        )
        m.d.comb += [
            queue.w_data.eq(Value.cast(self.i.p)),
            queue.w_en.eq(self.i.valid),
            self.i.ready.eq(queue.w_rdy),
            Value.cast(self.o.p).eq(queue.r_data),
            self.o.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.o.ready),
        ]
        return m
