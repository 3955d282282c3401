"""The planner against every plan of small networks, with and without limits."""

from dataclasses import replace

import numpy as np
import pytest

from shiftconv.plan import Budget, Goal, PlanError, Prices, find_plan, search, space
from shiftconv.plan.counted import most_taken, parts_area
from shiftconv.plan.resources import RESOURCES
from shiftconv.target import Target
from tests.plan.every_plan import SMALL, every_plan

CASES = [
    ("chain", None),
    ("chain", "xcup"),
    ("residual", "xcup"),
    ("residual", "ecp5"),
    ("concatenated", "xcup"),
]
N_GOALS = 10


def best_of(folded, goal):
    """Cycles and weight of the best plan; the cycles are None if they do not matter."""
    limits = np.array([getattr(goal.budget, name) for name in RESOURCES])
    best = None
    for some in folded:
        if some.cycles > goal.limit or some.latency > (goal.max_latency or some.latency):
            continue
        within = (some.whole[:, 1:] <= limits).all(axis=1)
        if within.any():
            weight = round(some.parts[within, 0].min(), 3)
            key = (some.cycles if goal.fastest else None, weight)
            best = key if best is None or key < best else best
    return best


def found_by(network, goal, target):
    """The same of what the planner finds, and whether it keeps the limits and calls it proved."""
    try:
        found = find_plan(network, goal, target=target)
    except PlanError:
        return None
    plan = found.plan
    assert found.proved
    assert plan.cycles_per_frame <= goal.limit
    assert goal.max_latency is None or plan.latency_cycles <= goal.max_latency
    assert not goal.budget.over(most_taken(plan))
    weight = round(Prices().weigh(parts_area(plan)), 3)
    return plan.cycles_per_frame if goal.fastest else None, weight


@pytest.mark.parametrize(("name", "family"), CASES)
def test_no_plan_is_better(name, family, rng):
    network, target = SMALL[name](rng), Target(family=family)
    folded = list(every_plan(network, target))
    assert len(folded) > 100
    cycles = np.unique([some.cycles for some in folded])
    latencies = np.array([some.latency for some in folded])
    possible = 0
    for n in range(N_GOALS):
        # What some plan or other just needs.
        whole = rng.choice(rng.choice(folded).whole)[1:]
        some = {"lut"} if family is None else set(rng.choice(RESOURCES[:3], 2))
        goal = Goal(
            budget=Budget(**{r: use for r, use in zip(RESOURCES, whole, strict=True) if r in some}),
            max_cycles=int(rng.choice(cycles)) if n % 3 else None,
            max_latency=int(np.quantile(latencies, rng.random())) if n % 2 else None,
            fastest=n % 4 < 2,
        )
        best = best_of(folded, goal)
        assert found_by(network, goal, target) == best
        possible += best is not None
    assert possible > 3


@pytest.mark.parametrize("name", ["residual", "concatenated"])
def test_no_plan_is_better_than_what_is_set_aside_for_queues_leaves(name, rng, monkeypatch):
    """Not even where nothing is known of the queues before they are looked at."""
    monkeypatch.setattr(space, "least_depth", lambda *_: 0)
    network, target = SMALL[name](rng), Target(family="ecp5")
    folded = list(every_plan(network, target))
    for fastest in [False, True] * 4:
        whole = rng.choice(rng.choice(folded).whole)[1:]
        budget = Budget(**dict(zip(RESOURCES[:3], whole, strict=False)))
        goal = Goal(budget=budget, fastest=fastest)
        assert found_by(network, goal, target) == best_of(folded, goal)


@pytest.mark.parametrize("fastest", [False, True])
def test_a_plan_in_time_where_the_search_gives_up(fastest, rng, monkeypatch):
    """It is in time, keeps the budget, and is not called the best."""
    network, target = SMALL["residual"](rng), Target(family="xcup")
    latencies = sorted(some.latency for some in every_plan(network, target))
    goal = Goal(
        budget=Budget(lut=2000), max_latency=latencies[len(latencies) // 2], fastest=fastest
    )
    assert find_plan(network, goal, target=target).proved
    monkeypatch.setattr(search, "MAX_COLUMNS", 0)
    found = find_plan(network, goal, target=target)
    assert found.plan.latency_cycles <= goal.max_latency
    assert not goal.budget.over(most_taken(found.plan))
    assert not found.proved
    hasty = find_plan(network, replace(goal, fastest=True), target=target).plan
    assert (hasty.cycles_per_frame == found.plan.cycles_per_frame) == fastest
    with pytest.raises(PlanError, match="no plan was found that keeps to that"):
        find_plan(network, Goal(max_latency=latencies[0] - 1), target=target)
