"""Regrouping of channels, over all small parallelisms."""

import numpy as np
import pytest
from amaranth.hdl import signed

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.width_adapter import WidthAdapter
from tests.gateware.combinational import evaluate
from tests.gateware.images import beats_to_images, images_to_beats

WIDTH = 4
PARS = range(1, 6)


@pytest.mark.parametrize("channels", range(1, 8))
@pytest.mark.parametrize("in_par", PARS)
def test_order_marks_and_cycles(channels, in_par, rng, stall):
    for out_par in set(PARS) - {in_par}:
        adapter = WidthAdapter(
            shape=signed(WIDTH), channels=channels, in_par=in_par, out_par=out_par
        )
        frames = rng.integers(-8, 8, (3, 1, 2, channels))
        per_frame = 2 * n_beats(channels, out_par)
        recording = simulate_streams(
            adapter,
            {"i": images_to_beats(frames, WIDTH, in_par)},
            3 * per_frame,
            stall=stall,
            rng=rng,
        )
        found = beats_to_images(recording.payloads, (1, 2, channels), WIDTH, out_par, signed=True)
        assert np.array_equal(found, frames)
        if not stall:
            ends = recording.cycles[per_frame - 1 :: per_frame]
            assert ends[2] - ends[1] == 2 * WidthAdapter.cycles(channels, in_par, out_par)


def test_equal_widths_are_wires():
    adapter = WidthAdapter(shape=signed(WIDTH), channels=5, in_par=3, out_par=3)
    signals = [
        (payload, valid, ready) for payload in (0x1ABC, 0x0123) for valid, ready in ((1, 0), (0, 1))
    ]
    points = [{"i.payload": p, "i.valid": v, "o.ready": r} for p, v, r in signals]
    assert evaluate(adapter, points, ["o.payload", "o.valid", "i.ready"]) == signals


@pytest.mark.parametrize("wrong", ["channels", "in_par", "out_par"])
def test_wrong_arguments(wrong):
    arguments = {"channels": 4, "in_par": 2, "out_par": 2} | {wrong: 0}
    with pytest.raises(ValueError, match="Channels and parallelism must be positive integers"):
        WidthAdapter(shape=signed(WIDTH), **arguments)
