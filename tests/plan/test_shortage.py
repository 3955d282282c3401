"""What is said where no plan reaches a goal."""

import pytest

from shiftconv.estimates import edge_area
from shiftconv.plan import Budget, Goal, PlanError, Prices, ShortageError, find_plan, make_plan
from shiftconv.target import Target
from tests.networks import classifier

TARGET = Target(family="xcup")


def shortage(network, **limits):
    with pytest.raises(ShortageError) as failure:
        find_plan(network, Goal(**limits), target=TARGET)
    return failure.value


def test_the_resource_the_layer_and_the_rate_that_would_fit(rng):
    network = classifier(rng)
    slow = make_plan(network, max_cycles=400, target=TARGET)
    budget = Budget(lut=slow.area.lut + 20)
    error = shortage(network, max_cycles=60, budget=budget)
    (lack,) = error.lacks
    # Nothing but LUTs is short: the plan that comes nearest has the fewest of them.
    prices = Prices(ff=0, bram=0)
    nearest = make_plan(
        network, max_cycles=60, budget=Budget(bram=1e6), target=TARGET, prices=prices
    )
    assert lack.resource == "lut"
    assert lack.available == budget.lut
    assert lack.needed == nearest.area.lut > budget.lut
    takes = {stage.name: nearest.areas[stage.name].lut for stage in nearest.stages}
    for edge in nearest.edges:
        stream = edge_area(nearest.source_par(edge), nearest.by_name[edge.target], edge.slot)
        takes[edge.target] += stream.lut
    assert (lack.of_layer, lack.layer) == max((luts, name) for name, luts in takes.items())
    fitting = make_plan(network, max_cycles=error.cycles, budget=budget, target=TARGET)
    assert fitting.cycles_per_frame == error.cycles <= 400
    with pytest.raises(PlanError):
        make_plan(network, max_cycles=error.cycles - 1, budget=budget, target=TARGET)
    missing = lack.needed - budget.lut
    assert str(error) == (
        f"small within 60 cycles per frame, {budget.lut:,} LUTs: no plan keeps to that; "
        f"{lack.needed:,} LUTs are needed, {budget.lut:,} are there, {missing:,} are missing; most "
        f"takes {lack.layer}: {lack.of_layer:,.10g}; with {error.cycles} cycles per frame it fits"
    )
    assert error.as_dict()["cycles_per_frame"] == error.cycles
    assert error.brief == f"lacks {missing:,} LUTs"
    assert error.nearest.area.lut == lack.needed


def test_nothing_fits_at_any_rate(rng):
    error = shortage(classifier(rng), budget=Budget(lut=10), max_cycles=500)
    assert error.cycles is None
    assert "it fits" not in str(error)
    assert [lack.resource for lack in error.lacks] == ["lut"]


def test_every_resource_that_is_short(rng):
    error = shortage(classifier(rng), budget=Budget(lut=10, ff=0, bram=0))
    assert [lack.resource for lack in error.lacks] == ["lut", "ff", "bram"]
    assert error.brief.startswith("lacks ")
    assert error.brief.endswith(" block memories")


def test_a_latency_that_can_not_be_had(rng):
    network = classifier(rng)
    error = shortage(network, max_latency=20)
    assert error.lacks == ()
    assert error.nearest.latency_cycles == error.latency > 20
    assert error.brief == "comes too late"
    found = find_plan(network, Goal(max_latency=error.latency), target=TARGET)
    assert found.plan.latency_cycles <= error.latency
    assert str(error).endswith(f"; a latency of {error.latency:,} cycles can be had")
