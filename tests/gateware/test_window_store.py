"""Whole windows out of their words."""

import numpy as np
import pytest
from amaranth.hdl import signed

from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.window_store import WindowStore
from tests.gateware.windows import WIDTH, word_bits

N_WINDOWS = 5


@pytest.mark.parametrize(
    ("n_pixels", "channels", "in_par"), [(1, 1, 1), (4, 3, 2), (3, 4, 4), (2, 5, 1)]
)
@pytest.mark.parametrize("repeat", [1, 2, 7])
def test_windows(n_pixels, channels, in_par, repeat, rng, stall):
    n_in = n_beats(channels, in_par)
    store = WindowStore(
        n_pixels=n_pixels, channels=channels, act=signed(WIDTH), in_par=in_par, repeat=repeat
    )
    windows = rng.integers(-8, 8, (N_WINDOWS, n_pixels, channels))
    padded = np.pad(windows, ((0, 0), (0, 0), (0, -channels % in_par)))
    words = padded.reshape(N_WINDOWS, n_pixels * n_in, in_par)
    golden = word_bits(
        np.repeat(windows.reshape(N_WINDOWS, 1, 1, -1), repeat, axis=1).reshape(
            N_WINDOWS * repeat, 1, -1
        )
    )
    recording = simulate_streams(store, {"i": word_bits(words)}, len(golden), stall=stall, rng=rng)
    assert recording.payloads == golden
    if not stall:
        ends = recording.cycles[repeat - 1 :: repeat]
        assert ends[-1] - ends[-2] == max(n_pixels * n_in, repeat)
