"""Weights before frames: both come in packets of one size, and part here."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["WeightGate"]


class WeightGate(wiring.Component):
    """Give the first bytes after a reset to the memories of weights, all others to the core.

    Parameters
    ----------
    n_bytes : int
        Bytes of weights.
    piece_bytes : int
        Bytes of a piece; what the last piece has too many of is dropped.

    Members
    -------
    i : In(stream.Signature(8))
    o : Out(stream.Signature(8))
    o_weights : Out(stream.Signature(8))
    seq : In(16)
        Number of a piece that has come.
    taken : In(1)
        It is taken: high for one cycle.
    is_next, is_old : Out(1)
        Whether ``seq`` is the number of the next piece, or of one that came already.
    complete : Out(1)
        All pieces have come.
    """

    def __init__(self, *, n_bytes: int, piece_bytes: int):
        if n_bytes < 1 or piece_bytes < 1 or n_bytes > piece_bytes << 16:
            raise ValueError(
                f"Weights must be 1 to 2**16 pieces, not {n_bytes!r} bytes in pieces of "
                f"{piece_bytes!r}"
            )
        self.n_bytes = n_bytes
        self.piece_bytes = piece_bytes
        self.n_pieces = -(-n_bytes // piece_bytes)
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "o": Out(stream.Signature(8)),
                "o_weights": Out(stream.Signature(8)),
                "seq": In(16),
                "taken": In(1),
                "is_next": Out(1),
                "is_old": Out(1),
                "complete": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        pieces = Signal(range(self.n_pieces + 1))
        m.d.comb += [
            self.complete.eq(pieces == self.n_pieces),
            self.is_next.eq((self.seq == pieces) & ~self.complete),
            self.is_old.eq(self.seq < pieces),
        ]
        with m.If(self.taken):
            m.d.sync += pieces.eq(pieces + 1)

        filler = self.n_pieces * self.piece_bytes - self.n_bytes
        left = Signal(range(self.n_bytes + filler + 1), init=self.n_bytes + filler)
        m.d.comb += [self.o.p.eq(self.i.p), self.o_weights.p.eq(self.i.p)]
        with m.If(left == 0):
            m.d.comb += [self.o.valid.eq(self.i.valid), self.i.ready.eq(self.o.ready)]
        with m.Else():
            is_filler = left <= filler
            m.d.comb += [
                self.o_weights.valid.eq(self.i.valid & ~is_filler),
                self.i.ready.eq(is_filler | self.o_weights.ready),
            ]
            with m.If(self.i.valid & self.i.ready):
                m.d.sync += left.eq(left - 1)
        return m
