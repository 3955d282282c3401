"""The table of best structures: whole, of structures that exist, and what targets take from it."""

from itertools import product

import pytest

from boards import FAMILIES
from quant.codebook import PowerOfTwo, TwosComplement
from quant.fixed_point import ActFormat
from shiftconv import structure_table
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.structure_table import MeasuredStructure, lut_per_lane, measured_structures
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
    lut_per_lane.cache_clear()
    yield
    lut_per_lane.cache_clear()


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


def test_luts_between_measurements(few_rows):
    target = Target(family="ecp5")
    for width, lut in ((4, 10.0), (6, 14.0), (12, 26.0), (2, 6.0)):
        fmt = ActFormat(width, 0, True)
        assert target.element_luts(PowerOfTwo(2), fmt, 9, 99) == 9 * lut
        # Fewer lanes than were measured: most of the accumulator comes on top.
        assert target.element_luts(PowerOfTwo(2), fmt, 3, 19) == pytest.approx(3 * lut + 24 * 2 / 3)


def test_luts_without_measurement(few_rows):
    act = ActFormat(8, 0, True)
    rough = ANY_TARGET.element_luts(PowerOfTwo(3), act, 4, 20)
    assert Target(family="ecp5").element_luts(PowerOfTwo(3), act, 4, 20) == rough
    assert rough == 4 * ((8 + 3) * (1 + 7 / 4) + 2) + 25
    with pytest.raises(ValueError, match="Nothing was measured of ecp5 at exponent width 3"):
        lut_per_lane(family="ecp5", exponent_width=3, act_width=8, lanes=4)


def test_the_users_choice_and_multipliers(few_rows):
    act = ActFormat(8, 0, True)
    assert Target(family="ecp5", structure="tree").structure_for(PowerOfTwo(2), act, 9) == "tree"
    assert Target(family="xcup").structure_for(TwosComplement(8), act, 9) == "dsp_cascade"
    assert Target(family="ecp5").structure_for(TwosComplement(8), act, 9) == "multiplier_tree"
    assert ANY_TARGET.structure_for(PowerOfTwo(2), act, 9) == "tree"
