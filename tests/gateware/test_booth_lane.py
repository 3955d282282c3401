"""A multiplier of rows against the product, and against what AMD's cells make of it."""

import pytest
from amaranth.hdl import signed, unsigned

from quant.codebook import TwosComplement
from shiftconv.gateware.booth_lane import BoothLane
from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES
from tests.gateware.combinational import evaluate
from tests.gateware.twins import prove_twins

SHAPES = [signed(3), unsigned(3), signed(5), unsigned(4)]


@pytest.mark.parametrize("code_width", [2, 3, 4, 5])
@pytest.mark.parametrize("shape", SHAPES, ids=repr)
def test_every_product(shape, code_width):
    codebook = TwosComplement(code_width)
    acts = range(-(2 ** (shape.width - 1)), 2 ** (shape.width - 1))
    acts = acts if shape.signed else range(2**shape.width)
    pairs = [(act, level) for act in acts for level in codebook.levels.tolist()]
    points = [{"act": act, "code": int(codebook.encode(level))} for act, level in pairs]
    lane = BoothLane(codebook=codebook, act=shape)
    found = [term + ones for term, ones in evaluate(lane, points, ["term", "ones"])]
    assert found == [act * level for act, level in pairs]


def test_cells_of_amd(tmp_path):
    makes = [
        lambda width=width, shape=shape: BoothLane(codebook=TwosComplement(width), act=shape)
        for width, shape in ((2, signed(8)), (3, unsigned(8)), (4, signed(8)), (8, unsigned(5)))
    ]
    prove_twins(makes, LUT6_FAMILIES, tmp_path)
