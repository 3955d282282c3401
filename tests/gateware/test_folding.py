"""What a folding says of lanes, folds and cycles."""

import pytest

from quant.geometry import Geometry
from shiftconv.gateware.folding import ConvFolding, PoolFolding

SAME = Geometry(32, 32, (3, 3), (1, 1), (1, 1, 1, 1))
STRIDED = Geometry(9, 9, (3, 3), (2, 2))


@pytest.mark.parametrize(
    ("geometry", "mode", "pars", "lanes", "folds", "requantize_par", "cycles"),
    [
        # 16 channels to 32; the first keeps 144 lanes busy in every one of 32,768 cycles.
        (SAME, "whole", (16, 1), 144, (1, 32), 1, 32 * 1024),
        (SAME, "column", (16, 3), 48, (3, 11), 1, 33 * 1024),
        (SAME, "column", (5, 4), 15, (12, 8), 1, 96 * 1024),
        (SAME, "pixel", (16, 32), 16, (9, 1), 4, 9 * 1024),
        (SAME, "sliding", (8, 32), 72, (2, 1), 16, 2 * 1024),
        (SAME, "sliding", (16, 32), 144, (1, 1), 32, 1024),
        # The next window takes 9 cycles to gather.
        (SAME, "whole", (16, 32), 144, (1, 1), 32, 9 * 1024),
        # The image takes longer to arrive than its windows to sum.
        (STRIDED, "column", (16, 32), 48, (3, 1), 16, 81),
        (STRIDED, "pixel", (4, 32), 4, (36, 1), 1, 16 * 36),
    ],
)
def test_convolution(geometry, mode, pars, lanes, folds, requantize_par, cycles):
    folding = ConvFolding(mode=mode, in_par=pars[0], out_par=pars[1])
    assert folding.lanes(geometry, 16) == lanes
    assert (folding.window_folds(geometry, 16), folding.out_folds(32)) == folds
    assert folding.requantize_par(geometry, 16) == requantize_par
    assert folding.cycles(geometry, 16, 32) == cycles


@pytest.mark.parametrize(
    ("mode", "values", "cycles"), [("pixel", 1, 2 * 144), ("column", 3, 162), ("sliding", 9, 162)]
)
def test_pooling(mode, values, cycles):
    folding = PoolFolding(mode=mode, in_par=8)
    assert folding.values(STRIDED) == values
    assert folding.cycles(STRIDED, 16) == cycles
