"""Average pooling against the golden one, bit for bit and cycle for cycle."""

import numpy as np
import pytest

from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from quant.layers import average_pool
from shiftconv.gateware.average_pool import AveragePool
from shiftconv.gateware.folding import PoolFolding
from tests.gateware.layers import check_component
from tests.gateware.windows import brief

GEOMETRIES = [
    Geometry(4, 4, (2, 2), (2, 2)),
    Geometry(5, 4, (3, 3), (2, 2), (1, 1, 1, 1)),
    Geometry(4, 5, (3, 3), (1, 1), (1, 1, 1, 1)),
    Geometry(5, 6, (3, 2), (2, 3), (0, 1, 2, 0)),
    Geometry(2, 3, (5, 4), (1, 2), (4, 3, 4, 2)),
    Geometry(1, 5, (1, 2)),
    Geometry(1, 1, (1, 1)),
]
FORMATS = [ActFormat(8, 0, signed=True), ActFormat(3, 0, signed=False), ActFormat(2, 0, True)]
PARS = [(3, 2), (2, 2), (3, 1), (1, 1)]
MODES = ["pixel", "column", "sliding"]


def _check(layer, mode, in_par, rng, stall):
    folding = PoolFolding(mode=mode, in_par=in_par)
    pool = AveragePool(
        geometry=layer.geometry,
        channels=layer.in_shape[2],
        act_format=layer.in_format,
        folding=folding,
        counts=layer.counts,
    )
    cycles = folding.cycles(layer.geometry, layer.in_shape[2])
    check_component(pool, layer, cycles, rng=rng, stall=stall)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=brief)
def test_mean_of_each_window(mode, geometry, rng, stall):
    at = GEOMETRIES.index(geometry) + MODES.index(mode)
    channels, in_par = PARS[at % 4]
    for count_include_pad in {False, any(geometry.padding)}:
        layer = average_pool.AveragePool(
            in_shape=(geometry.height, geometry.width, channels),
            in_format=FORMATS[at % 3],
            kernel=geometry.kernel,
            stride=geometry.stride,
            padding=geometry.padding,
            count_include_pad=count_include_pad,
        )
        _check(layer, mode, in_par, rng, stall)


def test_counts_follow_the_windows():
    """Corners see four pixels, edges six, the rest nine."""
    layer = average_pool.AveragePool(
        in_shape=(3, 3, 1), in_format=FORMATS[1], kernel=(3, 3), padding=(1, 1, 1, 1)
    )
    assert np.array_equal(layer.counts, [[4, 6, 4], [6, 9, 6], [4, 6, 4]])
