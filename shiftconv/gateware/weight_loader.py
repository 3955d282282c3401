"""Bytes from a host to the memories of weights that are loaded at start."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Load", "WeightLoader"]

BYTE = 8


@dataclass(frozen=True)
class Load:
    """What one memory takes.

    Parameters
    ----------
    transfers : int
    width : int
        Bits of a transfer.
    """

    transfers: int
    width: int

    @property
    def bytes_each(self) -> int:
        """Bytes of a transfer, its surplus bits in the last."""
        return -(-self.width // BYTE)

    @property
    def n_bytes(self) -> int:
        """Bytes of all transfers."""
        return self.transfers * self.bytes_each


class WeightLoader(wiring.Component):
    """Fill memories, one after the other, then over again.

    Each transfer comes as whole bytes, the lowest first. A byte a cycle.

    Parameters
    ----------
    loads : sequence of Load
        Of the memories, in order.

    Members
    -------
    i : In(stream.Signature(8))
    o_0, o_1, ... : Out(stream.Signature(width))
        To the memories.
    """

    def __init__(self, loads: Sequence[Load]):
        if not loads or any(load.transfers < 1 or load.width < 1 for load in loads):
            raise ValueError(f"Each memory must take at least one bit, not {list(loads)}")
        self.loads = tuple(loads)
        outputs = {f"o_{n}": Out(stream.Signature(load.width)) for n, load in enumerate(loads)}
        super().__init__({"i": In(stream.Signature(BYTE)), **outputs})

    def elaborate(self, platform):
        m = Module()
        longest = max(load.bytes_each for load in self.loads)
        # The bytes that came before, the latest highest.
        before = Signal(BYTE * (longest - 1), reset_less=True)
        place = Signal(range(longest))
        left = Signal(range(max(load.transfers for load in self.loads)))
        memory = Signal(range(len(self.loads)))
        taken = self.i.valid & self.i.ready
        with m.If(taken):
            m.d.sync += before.eq(Cat(before, self.i.p)[BYTE:])
        with m.Switch(memory):
            for n, load in enumerate(self.loads):
                with m.Case(n):
                    self._fill(m, n, load, before, place, left, memory)
        return m

    def _fill(self, m, n, load, before, place, left, memory):
        output = getattr(self, f"o_{n}")
        ends = place == load.bytes_each - 1
        last = left == load.transfers - 1
        earlier = BYTE * (load.bytes_each - 1)
        m.d.comb += [
            output.valid.eq(self.i.valid & ends),
            self.i.ready.eq(output.ready | ~ends),
            output.p.eq(Cat(before[len(before) - earlier :], self.i.p)),
        ]
        taken = self.i.valid & self.i.ready
        with m.If(taken):
            m.d.sync += place.eq(Mux(ends, 0, place + 1))
        with m.If(taken & ends):
            m.d.sync += left.eq(Mux(last, 0, left + 1))
            with m.If(last):
                m.d.sync += memory.eq((n + 1) % len(self.loads))
