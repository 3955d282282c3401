"""The mark on a frame's last beat, zero in idle lanes."""

import numpy as np
import pytest
from amaranth.hdl import signed

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.frame_marker import FrameMarker
from tests.gateware.images import beats_to_images, payload_bits

PARS = [(1, 1), (2, 1), (3, 3), (3, 2), (7, 3), (2, 5)]
CASES = [(size, par) for size in [(1, 3), (2, 2)] for par in PARS] + [((1, 1), (7, 3))]


@pytest.mark.parametrize(("size", "pars"), CASES)
def test_marks_frames_and_clears_idle_lanes(size, pars, rng, stall):
    (height, width), (channels, par) = size, pars
    marker = FrameMarker(shape=signed(4), channels=channels, par=par, n_pixels=height * width)
    frames = rng.integers(-8, 8, (3, height, width, channels))
    filled = np.pad(frames, ((0, 0),) * 3 + ((0, -channels % par),), constant_values=-3)
    payloads = [payload_bits(beat, 4) for beat in filled.reshape(-1, par)]
    recording = simulate_streams(marker, {"i": payloads}, len(payloads), stall=stall, rng=rng)
    found = beats_to_images(recording.payloads, (*size, channels), 4, par, signed=True)
    assert np.array_equal(found, frames)
    if not stall:
        assert recording.cycles == list(range(1, len(payloads) + 1))
