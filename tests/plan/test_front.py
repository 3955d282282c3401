"""Fronts: each point is a plan of least area, and worth showing."""

from itertools import pairwise

from shiftconv.plan import Budget, Goal, Prices, make_plan
from shiftconv.plan.areas import plan_area
from shiftconv.plan.front import LEAST_GAIN, pareto_front
from shiftconv.target import Target
from tests.networks import classifier, residual

TARGET = Target(family="xcup")


def test_slower_points_take_fewer_luts(rng):
    network = classifier(rng)
    points = pareto_front(network, Goal(), target=TARGET, prices=Prices(), n_points=40)
    assert 5 < len(points) < 40
    for faster, slower in pairwise(points):
        assert faster.plan.cycles_per_frame < slower.plan.cycles_per_frame
        assert slower.area.lut < faster.area.lut * (1 - LEAST_GAIN)
    fastest = make_plan(network, fastest=True, target=TARGET)
    assert points[0].plan.cycles_per_frame == fastest.cycles_per_frame
    for point in points:
        assert point.area == plan_area(point.plan)
        cycles = point.plan.cycles_per_frame
        assert point.area == plan_area(make_plan(network, max_cycles=cycles, target=TARGET))
    first = points[0].as_dict(100)
    assert first["frames_per_second"] == 1e8 / first["cycles_per_frame"]


def test_limits_hold_for_every_point(rng):
    goal = Goal(budget=Budget(lut=1500), max_cycles=400)
    points = pareto_front(residual(rng), goal, target=TARGET, prices=Prices(), n_points=5)
    assert points
    assert all(point.area.lut <= 1500 for point in points)
    assert all(point.plan.cycles_per_frame <= 400 for point in points)
    nothing = Goal(budget=Budget(lut=3))
    assert pareto_front(residual(rng), nothing, target=TARGET, prices=Prices()) == []
