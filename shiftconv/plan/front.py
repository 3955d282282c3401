"""Rates against area: the plans among which a user has to choose."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from quant.network import Network
from shiftconv.area import Area
from shiftconv.plan.areas import plan_area
from shiftconv.plan.best import best_plan
from shiftconv.plan.goal import Goal
from shiftconv.plan.plan import Plan
from shiftconv.plan.resources import Prices
from shiftconv.plan.search import Search
from shiftconv.target import Target

__all__ = ["FrontPoint", "pareto_front"]

LEAST_GAIN = 0.01


@dataclass(frozen=True, eq=False)
class FrontPoint:
    """A plan on the front.

    Parameters
    ----------
    plan : Plan
    area : Area
    """

    plan: Plan
    area: Area

    def as_dict(self, clock_mhz: float | None = None) -> dict[str, Any]:
        """Rate and area, for JSON."""
        cycles = self.plan.cycles_per_frame
        return {
            "cycles_per_frame": cycles,
            "frames_per_second": clock_mhz * 1e6 / cycles if clock_mhz else None,
            "latency_cycles": self.plan.latency_cycles,
            **{name: getattr(self.area, name) for name in ("lut", "ff", "bram", "big_ram")},
        }


def pareto_front(
    network: Network, goal: Goal, *, target: Target, prices: Prices, n_points: int = 24
) -> list[FrontPoint]:
    """Plans of the least area at rates from the highest one down to that of the least area.

    The rates lie so that each is about the same factor slower than the one before. Of these plans
    those are left out that take no fewer LUTs than a faster one, or hardly fewer.

    Parameters
    ----------
    network : Network
    goal : Goal
        Limits that all of them keep; its ``fastest`` does not matter.
    target : Target
    prices : Prices
    n_points : int
        Rates that are looked at.

    Returns
    -------
    list of FrontPoint
        The fastest first; none if no plan keeps the limits.
    """
    hasty = Search(network, replace(goal, fastest=True), target=target, prices=prices)
    fastest = best_plan(hasty).plan
    search = Search(network, replace(goal, fastest=False), target=target, prices=prices)
    slowest = search.least(goal.limit).plan
    if fastest is None or slowest is None:
        return []
    ends = fastest.cycles_per_frame, slowest.cycles_per_frame
    limits = np.unique(np.geomspace(*ends, n_points).round().astype(int)).tolist()
    between = [search.least(limit).plan for limit in limits[1:-1]]
    points: list[FrontPoint] = []
    for plan in [fastest, *between, slowest]:
        if plan is None:
            continue
        area = plan_area(plan)
        if not points or area.lut < points[-1].area.lut * (1 - LEAST_GAIN):
            points.append(FrontPoint(plan, area))
    return points
