"""First in, first out."""

from amaranth.hdl import Module, Mux, Shape, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.buffer_memory import buffer_memory
from shiftconv.gateware.family import family_of
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.memory_shape import MemoryShape

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
    kind : {"block", "lut", "big"}, optional
        What its memory is made of.

    Members
    -------
    i : In(stream.Signature(shape))
    o : Out(stream.Signature(shape))
    """

    def __init__(self, *, shape, depth: int, kind: MemoryKind | None = None):
        if depth < MIN_DEPTH:
            raise ValueError(f"Depth must be at least {MIN_DEPTH}, not {depth!r}")
        self.shape = shape
        self.depth = depth
        self.kind = kind
        super().__init__({"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape))})

    @staticmethod
    def memory(*, width: int, depth: int) -> MemoryShape:
        """Its memory; the transfer that is offered lies in the register behind it."""
        return MemoryShape(depth=depth - 1, width=width)

    def elaborate(self, platform):
        m = Module()
        size = self.memory(width=Shape.cast(self.shape).width, depth=self.depth)
        m.submodules.memory = mem = buffer_memory(
            shape=size.width, depth=size.depth, kind=self.kind, family=family_of(platform)
        )
        write = mem.write_port()
        read = mem.read_port()
        level = Signal(range(size.depth + 1))
        m.d.comb += [
            self.i.ready.eq(level != size.depth),
            write.en.eq(self.i.valid & self.i.ready),
            write.data.eq(Value.cast(self.i.p)),
            read.en.eq((level != 0) & (~self.o.valid | self.o.ready)),
            Value.cast(self.o.p).eq(read.data),
        ]
        # Where something lies to be read, the place to be written is another one.
        for port in (write, read):
            with m.If(port.en):
                m.d.sync += port.addr.eq(Mux(port.addr == size.depth - 1, 0, port.addr + 1))
        m.d.sync += level.eq(level + write.en - read.en)
        with m.If(read.en):
            m.d.sync += self.o.valid.eq(1)
        with m.Elif(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        return m
