"""Products and their sum in multiplier blocks alone."""

from amaranth.hdl import Module, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.gateware.dsp_slice import MAX_DELAY, SUM_WIDTH, DspSlice

__all__ = ["DspCascade", "run_length"]


def capacity(level: int, run: int, accumulates: bool = False) -> int:
    """Most products of a cascade whose last slices have delay ``level``."""
    if level == 0:
        return 0
    addends = run - accumulates
    return run + (1 + addends) * capacity(level - 1, run)


def run_length(lanes: int, accumulates: bool = True) -> int:
    """Slices whose sums ripple within a cycle: the fewest with which all products find a place."""
    run = 1
    while capacity(MAX_DELAY, run, accumulates) < lanes:
        run += 1
    return run


class DspCascade(wiring.Component):
    """Sum of products, one multiplier block for each and nothing besides.

    ``total = sum over lanes of (high + low) * b``, modulo 2**48, over the folds since the last
    restart if it accumulates. Latency 4 moves, throughput 1 per move.

    Slices stand in runs along the cascade; the sums of a run ripple through it within a cycle, and
    its last slice has a register. A run gets the sums of runs whose operands wait one move less:
    one by the cascade, others as addends. The operands wait in the slices' own registers.

    Parameters
    ----------
    lanes : int
        At least 1.
    accumulates : bool

    Members
    -------
    en : In(1)
    high, low : In(ArrayLayout(signed(27), lanes))
    b : In(ArrayLayout(signed(18), lanes))
    restart, accumulate : In(1)
        As :class:`DotProduct` has them; only if it accumulates.
    total : Out(signed(48))
    """

    latency = MAX_DELAY + 1

    def __init__(self, *, lanes: int, accumulates: bool = True):
        if lanes < 1:
            raise ValueError(f"Number of lanes must be a positive integer, not {lanes!r}")
        self.lanes = lanes
        self.accumulates = accumulates
        super().__init__(
            {
                "en": In(1),
                "high": In(data.ArrayLayout(signed(27), lanes)),
                "low": In(data.ArrayLayout(signed(27), lanes)),
                "b": In(data.ArrayLayout(signed(18), lanes)),
                "restart": In(1),
                "accumulate": In(1),
                "total": Out(signed(SUM_WIDTH)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        run = run_length(self.lanes, self.accumulates)
        last = self._run(m, MAX_DELAY, range(self.lanes), run, self.accumulates)
        m.d.comb += self.total.eq(last.total)
        return m

    def _run(self, m, level: int, lanes: range, length: int, accumulates: bool = False):
        """Last slice of a cascade of the given lanes."""
        own, others = lanes[:length], lanes[length:]
        room = capacity(level - 1, length)
        feeders = [
            self._run(m, level - 1, others[n : n + room], length)
            for n in range(0, len(others), room or 1)
        ]
        cascade = feeders[0].cascade if feeders else None
        for n, lane in enumerate(own):
            is_last = lane == own[-1]
            addend = feeders[n + 1] if n + 1 < len(feeders) else None
            part = DspSlice(
                delay=level,
                registered=is_last,
                adds=addend is not None,
                accumulates=accumulates and is_last,
            )
            m.submodules[f"slice{lane}"] = part
            m.d.comb += [
                part.en.eq(self.en),
                part.high.eq(self.high[lane]),
                part.low.eq(self.low[lane]),
                part.b.eq(self.b[lane]),
            ]
            if cascade is not None:
                m.d.comb += part.cascade_in.eq(cascade)
            if addend is not None:
                m.d.comb += part.addend.eq(addend.total)
            if part.accumulates:
                m.d.comb += [
                    part.restart.eq(self.restart),
                    part.accumulate.eq(self.accumulate),
                ]
            cascade = part.cascade
        return part
