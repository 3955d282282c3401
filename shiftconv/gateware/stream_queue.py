"""First in, first out."""

from amaranth.hdl import Module, Shape, Value
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["StreamQueue"]

MIN_DEPTH = 4


class StreamQueue(wiring.Component):
    """A stream that can hold ``depth`` transfers back. Latency 2 cycles, throughput one per cycle.

    Parameters
    ----------
    shape : ShapeLike
        Payload.
    depth : int
        At least 4: with less, the memory's latency would cost throughput.

    Members
    -------
    i : In(stream.Signature(shape))
    o : Out(stream.Signature(shape))
    """

    def __init__(self, *, shape, depth: int):
        if depth < MIN_DEPTH:
            raise ValueError(f"Depth must be at least {MIN_DEPTH}, not {depth!r}")
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
