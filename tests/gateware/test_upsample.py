"""Nearest neighbour against the golden one, bit for bit and cycle for cycle."""

import pytest

from quant.fixed_point import ActFormat
from quant.layers import upsample
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.beat import act_shape, n_beats
from shiftconv.gateware.upsample import Upsample
from tests.gateware.layers import check_component

FORMATS = [ActFormat(4, 0, signed=True), ActFormat(3, 0, signed=False)]
SIZES = [(1, 1), (1, 3), (4, 1), (2, 2), (3, 4)]
PARS = [(1, 1), (3, 2), (5, 1), (2, 2)]


def _upsample(fmt, size, channels, factor, par):
    return Upsample(
        height=size[0],
        width=size[1],
        channels=channels,
        factor=factor,
        shape=act_shape(fmt),
        par=par,
    )


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_pixels(size, factor, rng, stall):
    at = SIZES.index(size) + factor
    (channels, par), fmt = PARS[at % 4], FORMATS[at % 2]
    layer = upsample.Upsample(in_shape=(*size, channels), in_format=fmt, factor=factor)
    cycles = size[0] * size[1] * factor**2 * n_beats(channels, par)
    unit = _upsample(fmt, size, channels, factor, par)
    check_component(unit, layer, cycles, rng=rng, stall=stall)


def test_a_row_leaves_before_the_next_comes():
    unit = _upsample(FORMATS[1], (3, 2), 1, 2, 1)
    recording = simulate_streams(unit, {"i": [1, 2]}, 8, watchdog=30)
    assert recording.payloads == [1, 1, 2, 2, 1, 1, 2, 2]
