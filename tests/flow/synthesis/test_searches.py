"""The searches for recipes and structures, with areas that are made up."""

import json

import pytest

from boards import FAMILIES
from shiftconv.area import Area
from shiftconv.flow.synthesis import recipe_search, structure_search
from shiftconv.flow.synthesis.measurements import Measurement
from shiftconv.flow.synthesis.recipe_search import PRESENT, candidate_recipes, search_recipes
from shiftconv.flow.synthesis.structure_search import (
    StructureSizes,
    search_structures,
    write_structures,
)
from shiftconv.flow.synthesis.synthesize import recipe_of
from shiftconv.flow.tools import ToolError


class Store:
    """Areas by a rule instead of a synthesis."""

    def __init__(self, rule):
        self.rule = rule

    def measure(self, verilog, *, top, family, recipe=None):
        return Measurement(Area(lut=self.rule(verilog, recipe), ff=9), {}, (), "0")


@pytest.mark.parametrize("family", FAMILIES)
def test_candidates_differ(family):
    recipes = candidate_recipes(family)
    assert recipes[PRESENT] == recipe_of(family)
    assert len(set(recipes.values())) == len(recipes) >= 8
    for commands in recipes.values():
        assert any("-top {top}" in command for command in commands)
        assert all(command.format(top="design") for command in commands)


def test_best_recipe_first_and_failures_last(monkeypatch):
    class Design:
        def component(self):
            return None

    def rule(verilog, recipe):
        if any("booth" in command for command in recipe):
            raise ToolError("Yosys failed:\nERROR: no")
        return 90 if any("-dff" in command for command in recipe) else 100

    monkeypatch.setattr(recipe_search, "sample_designs", lambda family: {"a": Design()})
    monkeypatch.setattr(recipe_search, "emit_verilog", lambda *args, **kwargs: "")
    counts = []

    def count(*numbers):
        counts.append(numbers)

    trials = search_recipes("ecp5", store=Store(rule), on_count=count)
    assert counts == [(n, len(trials)) for n in range(1, len(trials) + 1)]
    assert (trials[0].name, trials[0].total, trials[0].failed) == ("-dff", 90, None)
    assert (trials[-1].name, trials[-1].failed) == ("booth", "ERROR: no")
    assert len(trials) == len(candidate_recipes("ecp5"))


def test_structures_are_chosen_by_luts(monkeypatch, tmp_path):
    luts = {"tree": 200, "lut4_tree": 190, "ternary_tree": 900}
    asked = []

    def element_area(store, structure, *, family, weight_width, act_width, lanes):
        asked.append((structure, weight_width, act_width, lanes))
        return Measurement(Area(lut=luts.get(structure, 500), ff=40), {}, (), "0")

    monkeypatch.setattr(structure_search, "element_area", element_area)
    sizes = StructureSizes(families=["ecp5"], exponent_widths=[1], act_widths=[4], lanes=[20])
    counts = []

    def on_count(*numbers):
        counts.append(numbers)

    [row] = search_structures(sizes, store=Store(None), on_count=on_count)
    # Of the probes, and then of what was left over.
    assert counts[-3:] == [(0, 2), (1, 2), (2, 2)]
    assert counts[-4] == (n_probes := len(asked) - 2, n_probes)
    assert (row.structure, row.lut_per_lane, row.ff_per_lane) == ("lut4_tree", 9.5, 2.0)
    assert row.others == {"tree": 10.0}
    # What is far from the best where all are tried is not tried elsewhere.
    assert {job[0] for job in asked if job[1:] == (1, 4, 20)} == {"tree", "lut4_tree"}

    write_structures(tmp_path / "table.json", [row])
    table = json.loads((tmp_path / "table.json").read_text())
    assert table["rows"] == [vars(row)]
    assert table["recipes"]["ecp5"] == list(recipe_of("ecp5"))
    assert table["tool_versions"]["yosys"]


def test_wrong_family():
    with pytest.raises(ValueError, match=r"Family must be one of xcup, .*, not 'virtex'"):
        candidate_recipes("virtex")
