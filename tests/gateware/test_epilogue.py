"""Bias, requantization and marks."""

import numpy as np
import pytest

from quant.fixed_point import ActFormat, requantize
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.epilogue import Epilogue
from shiftconv.gateware.packing import pack_scales
from tests.gateware.images import beats_to_images, payload_bits

N_FRAMES, HEIGHT, WIDTH = 3, 2, 2
N_PIXELS = HEIGHT * WIDTH


@pytest.mark.parametrize(("channels", "par"), [(1, 1), (3, 1), (3, 2), (4, 4), (5, 3)])
@pytest.mark.parametrize("out_format", [ActFormat(5, 0, False), ActFormat(5, 0, True)], ids=str)
def test_bias_shift_and_marks(channels, par, out_format, rng, stall):
    acc_width, shift_min, shift_max = 10, -1, 6
    epilogue = Epilogue(
        acc_width=acc_width,
        out_format=out_format,
        shift_min=shift_min,
        shift_max=shift_max,
        channels=channels,
        par=par,
        n_pixels=N_PIXELS,
    )
    dots = rng.integers(-256, 256, (N_FRAMES, N_PIXELS, channels))
    bias = rng.integers(-256, 256, channels)
    shift = rng.integers(shift_min, shift_max + 1, channels)
    # Idle lanes carry anything: the epilogue clears them.
    filled = np.pad(dots, ((0, 0), (0, 0), (0, -channels % par)), constant_values=-171)
    words = [payload_bits(values, acc_width) for values in filled.reshape(-1, par)]
    scales = pack_scales(
        bias, shift, acc_width=acc_width, shift_min=shift_min, shift_width=3, par=par
    )
    recording = simulate_streams(
        epilogue,
        {"i": words, "i_scale": scales * (N_FRAMES * N_PIXELS)},
        len(words),
        stall=stall,
        rng=rng,
    )
    assert len(scales) == n_beats(channels, par)
    found = beats_to_images(
        recording.payloads, (HEIGHT, WIDTH, channels), 5, par, signed=out_format.signed
    )
    golden = requantize(dots + bias, shift, out_format)
    assert np.array_equal(found, golden.reshape(found.shape))
    if not stall:
        assert recording.cycles == [4 + n for n in range(len(words))]
