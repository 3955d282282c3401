"""Means of images against the golden ones, bit for bit and cycle for cycle."""

import numpy as np
import pytest

from quant.fixed_point import ActFormat
from quant.layers import global_average_pool
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.global_average_pool import GlobalAveragePool
from tests.gateware.images import beats_to_images, images_to_beats
from tests.gateware.layers import check_component

FORMATS = [
    ActFormat(8, 0, signed=True),
    ActFormat(4, 0, signed=False),
    ActFormat(2, 0, signed=True),
]
SIZES = [(1, 1), (1, 2), (2, 2), (3, 3), (2, 7), (5, 1)]


def _pool(fmt, channels, par, n_pixels):
    return GlobalAveragePool(act_format=fmt, channels=channels, par=par, n_pixels=n_pixels)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(("channels", "par"), [(1, 1), (2, 1), (3, 2), (7, 3), (4, 4)])
def test_means(size, channels, par, rng, stall):
    fmt = FORMATS[(SIZES.index(size) + channels) % 3]
    layer = global_average_pool.GlobalAveragePool(in_shape=(*size, channels), in_format=fmt)
    n_pixels = size[0] * size[1]
    pool = _pool(fmt, channels, par, n_pixels)
    cycles = n_pixels * n_beats(channels, par)
    check_component(pool, layer, cycles, rng=rng, stall=stall, n_frames=6)


@pytest.mark.parametrize("fmt", FORMATS, ids=str)
def test_every_mean_of_two_pixels(fmt, rng):
    """Ties go to the even neighbour, on both sides of zero."""
    layer = global_average_pool.GlobalAveragePool(in_shape=(1, 2, 1), in_format=fmt)
    values = np.arange(fmt.lo, fmt.hi + 1)
    frames = np.stack([values, np.full_like(values, fmt.lo // 2 + 1)], axis=-1)
    frames = np.concatenate([frames, frames[:, ::-1]]).reshape(-1, 1, 2, 1)
    recording = simulate_streams(
        _pool(fmt, 1, 1, 2), {"i": images_to_beats(frames, fmt.width, 1)}, len(frames)
    )
    found = beats_to_images(recording.payloads, (1, 1, 1), fmt.width, 1, signed=fmt.signed)
    assert np.array_equal(found, layer.reference(frames))


def test_latency():
    pool = _pool(FORMATS[1], 2, 1, 2)
    recording = simulate_streams(pool, {"i": [1, 2, 5, 7]}, 2)
    assert recording.payloads == [3, 0b1_0100]
    # Four cycles after the last pixel's beats.
    assert recording.cycles == [6, 7]
