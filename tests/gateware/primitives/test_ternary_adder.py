"""The adder of three operands against a sum, and against what AMD's cells make of it."""

from itertools import product

import pytest

from shiftconv.gateware.primitives.lut6 import LUT6_FAMILIES
from shiftconv.gateware.primitives.ternary_adder import TernaryAdder
from tests.gateware.combinational import evaluate
from tests.gateware.twins import prove_twins

SIZES = [((1, 1, 1), 1), ((3, 3, 3), 5), ((4, 4, 2), 6), ((3, 2, 1), 5), ((2, 5, 9), 9)]


def make_adder(size, n_ones, clears):
    return TernaryAdder(operand_widths=size[0], width=size[1], n_ones=n_ones, clears=clears)


@pytest.mark.parametrize("n_ones", [0, 1, 2])
@pytest.mark.parametrize("clears", [False, True])
def test_every_sum(n_ones, clears):
    adder = make_adder(((2, 3, 2), 5), n_ones, clears)
    points = [
        {"x": x, "y": y, "z": z, "ones": ones, **({"clear": clear} if clears else {})}
        for x, y, z in product(range(-2, 2), range(-4, 4), range(-2, 2))
        for ones in range(2**n_ones)
        for clear in range(1 + clears)
    ]
    golden = [
        (p["x"] + p["y"] + (0 if p.get("clear") else p["z"]) + p["ones"].bit_count(),)
        for p in points
    ]
    assert evaluate(adder, points, ["total"]) == golden


def test_sums_wrap():
    adder = TernaryAdder(operand_widths=(4, 4, 4), width=4, n_ones=2)
    assert evaluate(adder, [{"x": 7, "y": 7, "z": 7, "ones": 3}], ["total"]) == [(7,)]


def test_cells_of_amd(tmp_path):
    makes = [
        lambda size=size, n_ones=n_ones, clears=clears: make_adder(size, n_ones, clears)
        for size, n_ones, clears in product(SIZES, (0, 1, 2), (False, True))
    ]
    prove_twins(makes, LUT6_FAMILIES, tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"operand_widths": (4, 4)}, r"Operands must be 3 of positive widths, not \(4, 4\)"),
        ({"operand_widths": (4, 0, 4)}, r"Operands must be 3 of positive widths, not \(4, 0, 4\)"),
        ({"width": 0}, "Width must be a positive integer, not 0"),
        ({"n_ones": 3}, "Number of ones must be 0, 1 or 2, not 3"),
    ],
)
def test_wrong_arguments(change, message):
    with pytest.raises(ValueError, match=message):
        TernaryAdder(**{"operand_widths": (4, 4, 4), "width": 6} | change)
