"""Max pooling against the golden one, bit for bit and cycle for cycle."""

import pytest

from quant.fixed_point import ActFormat
from quant.geometry import Geometry
from quant.layers import max_pool
from shiftconv.gateware.folding import PoolFolding
from shiftconv.gateware.max_pool import MaxPool
from tests.gateware.layers import check_component
from tests.gateware.windows import brief

GEOMETRIES = [
    Geometry(4, 4, (2, 2), (2, 2)),
    Geometry(5, 4, (3, 3), (2, 2), (1, 1, 1, 1)),
    Geometry(4, 5, (3, 3), (1, 1), (1, 1, 1, 1)),
    Geometry(5, 6, (3, 2), (2, 3), (0, 1, 2, 0)),
    Geometry(1, 5, (1, 2)),
    Geometry(2, 1, (2, 1), (4, 4)),
    Geometry(1, 1, (1, 1)),
]
FORMATS = [ActFormat(8, 0, signed=True), ActFormat(3, 0, signed=False), ActFormat(2, 0, True)]


@pytest.mark.parametrize("mode", ["pixel", "column", "sliding"])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=brief)
def test_largest_of_each_window(mode, geometry, rng, stall):
    at = GEOMETRIES.index(geometry)
    channels, in_par = [(3, 2), (2, 2), (3, 1)][at % 3]
    fmt = FORMATS[at % 3]
    layer = max_pool.MaxPool(
        in_shape=(geometry.height, geometry.width, channels),
        in_format=fmt,
        kernel=geometry.kernel,
        stride=geometry.stride,
        padding=geometry.padding,
    )
    folding = PoolFolding(mode=mode, in_par=in_par)
    pool = MaxPool(geometry=geometry, channels=channels, act_format=fmt, folding=folding)
    check_component(pool, layer, folding.cycles(geometry, channels), rng=rng, stall=stall)


@pytest.mark.parametrize("mode", ["whole", "diagonal"])
def test_wrong_mode(mode):
    with pytest.raises(ValueError, match=f"must be one of pixel, column, sliding, not '{mode}'"):
        PoolFolding(mode=mode, in_par=1)
