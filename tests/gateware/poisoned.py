"""A memory that gives wrong words where a device may give anything."""

from amaranth.hdl import Elaboratable, Module, Mux, Signal, Value
from amaranth.lib import memory

__all__ = ["PoisonedMemory"]


class _ReadPort:
    """What a user sees of a read port."""

    def __init__(self, inner):
        self.addr = Signal.like(inner.addr)
        self.en = Signal(init=1)
        self.data = Signal.like(inner.data)


class PoisonedMemory(Elaboratable):
    """As Amaranth's, but a word that is read while it is written comes with all bits inverted."""

    def __init__(self, *, shape, depth, init, attrs):
        self._inner = memory.Memory(shape=shape, depth=depth, init=init, attrs=attrs)
        self._reads = []
        self._writes = []

    def read_port(self):
        inner = self._inner.read_port()
        port = _ReadPort(inner)
        self._reads.append((port, inner))
        return port

    def write_port(self, *, granularity=None):
        self._writes.append(self._inner.write_port(granularity=granularity))
        return self._writes[-1]

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = self._inner
        for port, inner in self._reads:
            met = Signal()
            with m.If(port.en):
                m.d.sync += met.eq(0)
                for write in self._writes:
                    with m.If(write.en.any() & (write.addr == port.addr)):
                        m.d.sync += met.eq(1)
            data = Value.cast(inner.data)
            m.d.comb += [
                inner.addr.eq(port.addr),
                inner.en.eq(port.en),
                Value.cast(port.data).eq(Mux(met, ~data, data)),
            ]
        return m
