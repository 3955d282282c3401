"""Where the codes and scales of a convolution lie in their memories."""

import numpy as np
import pytest

from quant.codebook import PowerOfTwo
from quant.geometry import Geometry
from shiftconv.gateware import packing
from shiftconv.gateware.folding import ConvFolding
from shiftconv.gateware.packing import (
    changing_bits,
    changing_code_bits,
    pack_codes,
    pack_scales,
)

K_H, K_W, C_IN, C_OUT = 2, 3, 5, 4
IN_PAR, OUT_PAR = 2, 3
ROWS, COLUMNS, GROUPS, LANES = range(K_H), range(K_W), range(3), range(IN_PAR)

# Taps (row, column, channel) of each word of a group of output channels, and of its lanes.
TAPS = {
    "pixel": [
        [(i, j, g * IN_PAR + n) for n in LANES] for i in ROWS for j in COLUMNS for g in GROUPS
    ],
    "column": [
        [(i, j, g * IN_PAR + n) for i in ROWS for n in LANES] for j in COLUMNS for g in GROUPS
    ],
    "sliding": [
        [(i, j, g * IN_PAR + n) for i in ROWS for j in COLUMNS for n in LANES] for g in GROUPS
    ],
    "whole": [[(i, j, n) for i in ROWS for j in COLUMNS for n in range(C_IN)]],
}


@pytest.mark.parametrize("mode", TAPS)
def test_codes(mode, rng):
    codebook = PowerOfTwo(2)
    folding = ConvFolding(mode=mode, in_par=IN_PAR, out_par=OUT_PAR)
    levels = rng.choice(codebook.levels, (K_H, K_W, C_IN, C_OUT))

    def code(tap, channel):
        idle = tap[2] >= C_IN or channel >= C_OUT
        return 0 if idle else int(codebook.encode(levels[*tap, channel]))

    words = [
        [code(tap, fold * OUT_PAR + element) for element in range(OUT_PAR) for tap in taps]
        for fold in range(2)
        for taps in TAPS[mode]
    ]
    golden = [sum(code << 3 * n for n, code in enumerate(word)) for word in words]
    geometry = Geometry(4, 4, (K_H, K_W))
    assert pack_codes(levels, codebook, folding, geometry) == golden


def test_scales():
    bias, shift = np.array([-1, 3, -8]), np.array([2, 5, 3])
    words = pack_scales(bias, shift, acc_width=4, shift_min=2, shift_width=2, par=2)
    assert words == [0b11_0011_00_1111, 0b01_1000]


def test_changing_bits():
    assert changing_bits([0b1100, 0b1010, 0b1000]) == 2
    assert changing_bits([5]) == 0


@pytest.mark.parametrize("many", [1, 200, 2**22])
@pytest.mark.parametrize("mode", TAPS)
def test_changing_bits_of_codes(mode, many, rng, monkeypatch):
    """Those of all words, however few are looked at together."""
    monkeypatch.setattr(packing, "MANY", many)
    codebook, geometry = PowerOfTwo(2), Geometry(4, 4, (K_H, K_W))
    folding = ConvFolding(mode=mode, in_par=IN_PAR, out_par=2)
    for zeros in (0, 0.9, 1):
        levels = rng.choice(codebook.levels, (K_H, K_W, C_IN, 40))
        levels[rng.random(levels.shape) < zeros] = 0
        words = pack_codes(levels, codebook, folding, geometry)
        count = changing_code_bits(levels, codebook, folding, geometry)
        assert count == changing_bits(words)
        assert (count > 0) == (zeros < 1)
