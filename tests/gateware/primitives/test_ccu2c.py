"""The ECP5's adder with a look-up table, and its twin."""

import pytest

from shiftconv.gateware.primitives.ccu2c import LookUpAdder
from tests.gateware.combinational import evaluate
from tests.gateware.twins import prove_equal

FUNCTIONS = {
    "mask_and_sign": lambda b, c, d: (b & c) ^ d,
    "choose": lambda b, c, d: (b & d) | (c & ~d),
    "last_only": lambda b, c, d: d,
}


@pytest.fixture(params=FUNCTIONS.values(), ids=FUNCTIONS)
def function(request):
    return request.param


@pytest.mark.parametrize("carry_fills", [False, True])
def test_every_sum(function, carry_fills):
    operands = [
        (a, b, c, d, carry)
        for a in range(-2, 2)
        for b in range(4)
        for c in range(4)
        for d in range(4)
        for carry in range(2)
    ]
    points = [dict(zip(("a", "b", "c", "d", "carry"), point, strict=True)) for point in operands]
    adder = LookUpAdder(width=2, function=function, carry_fills=carry_fills)
    found = evaluate(adder, points, ["total"])
    golden = [
        (a + (function(b & 2 | carry if carry_fills else b, c, d) & 3) + carry + 2) % 4 - 2
        for a, b, c, d, carry in operands
    ]
    assert [total for (total,) in found] == golden


def test_cells_are_their_twin(function, tmp_path):
    kinds = [{"width": width, "carry_fills": fills} for width in (1, 2, 15, 20) for fills in (0, 1)]
    pairs = [tuple(LookUpAdder(function=function, **kind) for _ in range(2)) for kind in kinds]
    prove_equal(pairs, "ecp5", "CCU2C", tmp_path)


def test_function_that_the_cell_cannot_have():
    with pytest.raises(ValueError, match="Function of a LookUpAdder must be zero where c and d"):
        LookUpAdder(width=4, function=lambda b, c, d: b & ~c)
