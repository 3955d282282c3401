"""From groups of sums to output beats."""

import numpy as np
import pytest

from quant.fixed_point import ActFormat, requantize
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.channel_output import ChannelOutput
from shiftconv.gateware.packing import pack_scales
from tests.gateware.images import beats_to_images, payload_bits

N_FRAMES, N_PIXELS, ACC_WIDTH = 3, 4, 10
FMT = ActFormat(5, 0, signed=True)


@pytest.mark.parametrize(
    ("channels", "in_par", "out_par"), [(1, 1, 1), (3, 3, 1), (5, 4, 2), (4, 4, 4), (7, 3, 3)]
)
@pytest.mark.parametrize("loaded", [False, True], ids=["fixed", "loaded"])
def test_a_few_channels_at_a_time(channels, in_par, out_par, loaded, rng, stall):
    bias, shift = rng.integers(-256, 256, channels), rng.integers(-1, 7, channels)
    scales = pack_scales(bias, shift, acc_width=ACC_WIDTH, shift_min=-1, shift_width=3, par=out_par)
    output = ChannelOutput(
        acc_width=ACC_WIDTH,
        out_format=FMT,
        shift_min=-1,
        shift_max=6,
        channels=channels,
        in_par=in_par,
        out_par=out_par,
        n_pixels=N_PIXELS,
        scales=None if loaded else scales,
    )
    dots = rng.integers(-256, 256, (N_FRAMES, 2, 2, channels))
    filled = np.pad(dots, ((0, 0),) * 3 + ((0, -channels % in_par),), constant_values=-171)
    inputs = {"i": [payload_bits(group, ACC_WIDTH) for group in filled.reshape(-1, in_par)]}
    if loaded:
        width, mask = output.scale_width, 2**output.scale_width - 1
        inputs["i_scales"] = [word >> n * width & mask for word in scales for n in range(out_par)]
    n_beats = N_FRAMES * N_PIXELS * -(-channels // out_par)
    recording = simulate_streams(output, inputs, n_beats, stall=stall, rng=rng)
    found = beats_to_images(recording.payloads, (2, 2, channels), 5, out_par, signed=True)
    assert np.array_equal(found, requantize(dots + bias, shift, FMT))
    if not stall:
        assert recording.cycles[-1] - recording.cycles[0] == n_beats - 1
