"""Frames of the wrong length are dropped whole and flagged once; the next one comes out right."""

from itertools import chain

import pytest
from amaranth.hdl import Module
from amaranth.lib import data, fifo, stream, wiring
from amaranth.lib.wiring import In, Out

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.frame_guard import FrameGate, FrameGuard

BEAT = data.StructLayout({"data": 8, "last": 1})
MARK = 1 << 8


class Guarded(wiring.Component):
    """A guard and a gate; between them room for one frame, and for two verdicts."""

    def __init__(self, n_beats):
        self.n_beats = n_beats
        beats = stream.Signature(BEAT)
        super().__init__({"i": In(beats), "o": Out(beats), "error": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.guard = guard = FrameGuard(shape=BEAT, n_beats=self.n_beats)
        m.submodules.gate = gate = FrameGate(shape=BEAT)
        m.submodules.beats = beats = fifo.SyncFIFOBuffered(width=BEAT.size, depth=self.n_beats)
        m.submodules.verdicts = verdicts = fifo.SyncFIFOBuffered(width=1, depth=2)
        wiring.connect(m, wiring.flipped(self.i), guard.i)
        wiring.connect(m, gate.o, wiring.flipped(self.o))
        wiring.connect(m, guard.o_verdict, verdicts.w_stream)
        wiring.connect(m, verdicts.r_stream, gate.i_verdict)
        m.d.comb += [
            self.error.eq(guard.frame_error),
            beats.w_data.eq(guard.o.p),
            beats.w_en.eq(guard.o.valid),
            guard.o.ready.eq(beats.w_rdy),
            gate.i.p.eq(beats.r_data),
            gate.i.valid.eq(beats.r_rdy),
            beats.r_en.eq(gate.i.ready),
        ]
        return m


class Ungated(wiring.Component):
    """What the stages see: a guard whose verdicts are always taken."""

    def __init__(self, n_beats):
        self.n_beats = n_beats
        beats = stream.Signature(BEAT)
        super().__init__({"i": In(beats), "o": Out(beats)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.guard = guard = FrameGuard(shape=BEAT, n_beats=self.n_beats)
        wiring.connect(m, wiring.flipped(self.i), guard.i)
        wiring.connect(m, guard.o, wiring.flipped(self.o))
        m.d.comb += guard.o_verdict.ready.eq(1)
        return m


def _run(lengths, n_beats, rng, stall):
    """Send frames of these lengths; assert what leaves, and the number of flags."""
    frames = [rng.integers(0, MARK, length).tolist() for length in lengths]
    for frame in frames:
        frame[-1] |= MARK
    good = [frame for frame in frames if len(frame) == n_beats]
    recording = simulate_streams(
        Guarded(n_beats),
        {"i": [*chain(*frames)]},
        n_beats * len(good),
        stall=stall,
        rng=rng,
        flag="error",
    )
    assert recording.payloads == [*chain(*good)]
    assert recording.flags == len(frames) - len(good)


@pytest.mark.parametrize(
    "lengths",
    [
        [5, 5, 5],
        [4, 5],
        [1, 5],
        [6, 5],
        [11, 5],
        [5, 10, 5],
        [1, 1, 1, 5, 2, 3, 5, 5, 6, 7, 4, 5],
    ],
    ids=str,
)
def test_wrong_lengths(lengths, rng, stall):
    _run(lengths, 5, rng, stall)


@pytest.mark.parametrize("n_beats", [1, 2, 3])
def test_random_lengths(n_beats, rng, stall):
    lengths = [*rng.integers(1, 2 * n_beats + 2, 60).tolist(), n_beats]
    _run(lengths, n_beats, rng, stall)


def test_missing_mark(rng, stall):
    """Two frames without a mark between them are one frame, too long."""
    _run([3, 6, 3], 3, rng, stall)


def test_stages_see_whole_frames(rng, stall):
    """Short frames are filled up with zeros, surplus is cut off, the mark is on the end."""
    lengths = [3, 1, 3, 5, 2, 3]
    frames = [[*range(1, length), length | MARK] for length in lengths]
    recording = simulate_streams(
        Ungated(3), {"i": [*chain(*frames)]}, 3 * len(lengths), stall=stall, rng=rng
    )
    whole = [[1, 2, 3], [1, 0, 0], [1, 2, 3], [1, 2, 3], [1, 2, 0], [1, 2, 3]]
    assert recording.payloads == [bits for *head, end in whole for bits in (*head, end | MARK)]


def test_wrong_arguments():
    with pytest.raises(ValueError, match="Frame must have at least one beat, not 0"):
        FrameGuard(shape=BEAT, n_beats=0)
