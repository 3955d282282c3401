"""The baseline's lane against a product."""

import pytest

from quant.codebook import TwosComplement
from quant.fixed_point import ActFormat
from shiftconv.gateware.beat import act_shape
from shiftconv.gateware.multiplier import Multiplier
from tests.gateware.combinational import evaluate


@pytest.mark.parametrize("code_width", [2, 3, 4, 8])
@pytest.mark.parametrize("width", [2, 4, 8, 16])
@pytest.mark.parametrize("signed", [False, True])
def test_product(code_width, width, signed):
    codebook, fmt = TwosComplement(code_width), ActFormat(width, 0, signed)
    acts = sorted({fmt.lo, fmt.lo + 1, 0, 1, fmt.hi // 3, fmt.hi})
    codes = range(2**code_width)
    multiplier = Multiplier(codebook=codebook, act=act_shape(fmt))
    points = [{"act": act, "code": code} for act in acts for code in codes]
    golden = [(act * level, 0) for act in acts for level in codebook.decode(codes).tolist()]
    assert evaluate(multiplier, points, ["term", "ones"]) == golden
