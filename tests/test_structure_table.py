"""The table of best structures: whole, of structures that exist, and what targets take from it."""

from itertools import product

import pytest

from boards import FAMILIES
from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from shiftconv import structure_table
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.structure_table import MeasuredStructure, measured_structures
from shiftconv.target import ANY_TARGET, Target

ROWS = [
    MeasuredStructure("ecp5", 2, width, lanes, structure, lut, 1.0, {})
    for width, lanes, structure, lut in [
        (4, 9, "tree", 10.0), (8, 9, "lut4_tree", 18.0), (16, 9, "lut4_tree", 34.0),
        (8, 32, "tree", 17.0),
    ]
]  # fmt: skip


@pytest.fixture
def few_rows(monkeypatch):
    monkeypatch.setattr(structure_table, "measured_structures", lambda: ROWS)
    structure_table.nearest_structure.cache_clear()
    yield
    structure_table.nearest_structure.cache_clear()


def test_table_that_ships():
    rows = {(r.family, r.exponent_width, r.act_width, r.lanes): r for r in measured_structures()}
    assert len(rows) == len(measured_structures())
    assert set(product(FAMILIES, range(5), (4, 8, 16), (9, 32))) <= set(rows)
    for (_, exponent_width, *_), row in rows.items():
        assert DOT_PRODUCTS[row.structure].fits(PowerOfTwo(exponent_width))
        assert DOT_PRODUCTS[row.structure].lane == "svpe"
        assert 0 < row.lut_per_lane <= min(row.others.values(), default=row.lut_per_lane)


@pytest.mark.parametrize(
    ("act", "lanes", "structure"),
    [
        (ActFormat(8, 0, True), 9, "lut4_tree"),
        (ActFormat(8, 0, True), 40, "tree"),
        # Unsigned activations are signed ones of one bit more.
        (ActFormat(4, 0, False), 9, "tree"),
        (ActFormat(16, 0, False), 100, "lut4_tree"),
    ],
)
def test_target_takes_the_nearest(few_rows, act, lanes, structure):
    assert Target(family="ecp5").structure_for(PowerOfTwo(2), act, lanes) == structure


def test_the_users_choice_and_multipliers(few_rows):
    act = ActFormat(8, 0, True)
    assert Target(family="ecp5", structure="tree").structure_for(PowerOfTwo(2), act, 9) == "tree"
    assert Target(family="xcup").structure_for(TwosComplement(8), act, 9) == "dsp_cascade"
    assert Target(family="ecp5").structure_for(TwosComplement(8), act, 9) == "multiplier_tree"
    assert ANY_TARGET.structure_for(PowerOfTwo(2), act, 9) == "tree"
