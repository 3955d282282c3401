"""The lane in LUT4s against a product, and against the naive lane for all inputs."""

import pytest

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.dot_products._lut4_lane import Lut4Lane
from shiftconv.gateware.lane import Lane
from shiftconv.gateware.primitives.lut4 import LUT4_FAMILIES
from tests.gateware.combinational import evaluate
from tests.gateware.primitives.test_lut4 import CELL
from tests.gateware.twins import prove_equal


@pytest.mark.parametrize("exponent_width", range(5))
@pytest.mark.parametrize("width", [2, 4])
@pytest.mark.parametrize("signed", [False, True])
def test_every_product(exponent_width, width, signed):
    codebook, fmt = PowerOfTwo(exponent_width), ActFormat(width, 0, signed)
    acts, codes = range(fmt.lo, fmt.hi + 1), range(2**codebook.code_width)
    lane = Lut4Lane(codebook=codebook, act=act_shape(fmt))
    points = [{"act": act, "code": code} for act in acts for code in codes]
    found = evaluate(lane, points, ["term", "ones"])
    golden = [act * level for act in acts for level in codebook.decode(codes).tolist()]
    assert [term + ones for term, ones in found] == golden


@pytest.mark.parametrize("family", LUT4_FAMILIES)
def test_netlist_is_the_naive_lane(family, tmp_path):
    pairs = [
        tuple(make(codebook=PowerOfTwo(width), act=act_shape(fmt)) for make in (Lane, Lut4Lane))
        for width, fmt in [
            (0, ActFormat(8, 0, True)),
            (1, ActFormat(8, 0, False)),
            (2, ActFormat(8, 0, False)),
            (3, ActFormat(8, 0, True)),
            (4, ActFormat(16, 0, True)),
        ]
    ]
    prove_equal(pairs, family, CELL[family], tmp_path)
