"""Windows of each channel by itself, against windows cut out of padded images."""

import numpy as np
import pytest

from quant.fixed_point import ActFormat
from shiftconv.gateware.channel_windows import ChannelWindows
from shiftconv.gateware.folding import PoolFolding
from tests.gateware.images import images_to_beats
from tests.gateware.windows import GEOMETRIES, WIDTH, brief, check_words, grouped_windows

FILL = -3

# Order of a window's axes (rows, columns, k_h, k_w, groups, in_par): a pass for each group.
ORDERS = {
    "pixel": (0, 1, 4, 2, 3, 5),
    "column": (0, 1, 4, 3, 2, 5),
    "sliding": (0, 1, 4, 2, 3, 5),
}


@pytest.mark.parametrize("geometry", GEOMETRIES[1:5], ids=brief)
@pytest.mark.parametrize("mode", ORDERS)
def test_a_pass_for_each_group_of_channels(geometry, mode, rng, stall):
    channels, in_par = 3, 2
    folding = PoolFolding(mode=mode, in_par=in_par)
    windows = ChannelWindows(
        geometry=geometry,
        channels=channels,
        act_format=ActFormat(WIDTH, 0, signed=True),
        folding=folding,
        fill=FILL,
    )
    frames = rng.integers(-8, 8, (3, geometry.height, geometry.width, channels))
    n_values = folding.values(geometry) * in_par
    golden = [
        cut.transpose(ORDERS[mode]).reshape(-1, folding.window_folds(geometry), n_values)
        for cut in grouped_windows(frames, geometry, in_par, FILL)
    ]
    cycles = folding.cycles(geometry, channels)
    check_words(windows, images_to_beats(frames, WIDTH, in_par), golden, cycles, rng, stall)
    assert np.prod(golden[0].shape[:2]) <= cycles
