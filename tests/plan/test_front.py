"""Fronts: each point is a plan of least area, and worth showing."""

from itertools import pairwise

from shiftconv.plan import Budget, Goal, Prices, make_plan
from shiftconv.plan.front import LEAST_GAIN, pareto_front
from shiftconv.target import Target
from tests.networks import classifier, residual

TARGET = Target(family="xcup")


def test_slower_points_take_fewer_luts(rng):
    network = classifier(rng)
    plans = pareto_front(network, Goal(), target=TARGET, prices=Prices(), n_points=40)
    assert 5 < len(plans) < 40
    for faster, slower in pairwise(plans):
        assert faster.cycles_per_frame < slower.cycles_per_frame
        assert slower.area.lut < faster.area.lut * (1 - LEAST_GAIN)
    fastest = make_plan(network, fastest=True, target=TARGET)
    assert plans[0].cycles_per_frame == fastest.cycles_per_frame
    for plan in plans:
        cycles = plan.cycles_per_frame
        assert plan.area == make_plan(network, max_cycles=cycles, target=TARGET).area


def test_limits_hold_for_every_point(rng):
    goal = Goal(budget=Budget(lut=1500), max_cycles=400)
    plans = pareto_front(residual(rng), goal, target=TARGET, prices=Prices(), n_points=5)
    assert plans
    assert all(plan.area.lut <= 1500 for plan in plans)
    assert all(plan.cycles_per_frame <= 400 for plan in plans)
    nothing = Goal(budget=Budget(lut=3))
    assert pareto_front(residual(rng), nothing, target=TARGET, prices=Prices()) == []
