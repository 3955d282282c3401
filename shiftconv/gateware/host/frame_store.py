"""Keep frames back until they are known to be good."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["FrameStore"]


class FrameStore(wiring.Component):
    """A queue of bytes whose latest ones can be taken back.

    Bytes leave in order, two cycles after ``commit`` at the earliest, one a cycle. Whoever puts
    bytes in looks at ``room`` before a frame's first; then all of its bytes find room.

    Parameters
    ----------
    frame_bytes : int
    depth : int
        Bytes that it holds: a power of two.

    Members
    -------
    i : In(stream.Signature(8))
    commit : In(1)
        What came since the last commit or rollback may leave; not in the cycle of a byte.
    rollback : In(1)
        It is forgotten; not in the cycle of a byte.
    room : Out(1)
        Whether a whole frame fits, as of the cycle before.
    o : Out(stream.Signature(8))
    """

    def __init__(self, *, frame_bytes: int, depth: int):
        if frame_bytes < 1 or depth < frame_bytes or depth & (depth - 1):
            raise ValueError(
                f"Depth must be a power of two, at least the {frame_bytes} bytes of a frame, "
                f"not {depth!r}"
            )
        self.frame_bytes = frame_bytes
        self.depth = depth
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "commit": In(1),
                "rollback": In(1),
                "room": Out(1),
                "o": Out(stream.Signature(8)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.ring = ring = memory.Memory(shape=8, depth=self.depth, init=[])
        write = ring.write_port()
        read = ring.read_port()
        # One bit more than an address, so that full is not empty.
        written, good, taken, next_taken = (Signal(range(2 * self.depth)) for _ in range(4))
        used = Signal(range(2 * self.depth))
        m.d.comb += [
            used.eq(written - taken),
            self.i.ready.eq(used != self.depth),
            write.en.eq(self.i.valid & self.i.ready),
            write.addr.eq(written),
            write.data.eq(self.i.p),
            next_taken.eq(taken + (self.o.valid & self.o.ready)),
            read.addr.eq(next_taken),
            self.o.p.eq(read.data),
        ]
        m.d.sync += [
            self.room.eq(used <= self.depth - self.frame_bytes),
            taken.eq(next_taken),
            self.o.valid.eq(next_taken != good),
        ]
        with m.If(write.en):
            m.d.sync += written.eq(written + 1)
        with m.Elif(self.commit):
            m.d.sync += good.eq(written)
        with m.Elif(self.rollback):
            m.d.sync += written.eq(good)
        return m
