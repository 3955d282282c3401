"""Rates against area: the plans among which a user has to choose."""

from dataclasses import replace

import numpy as np

from quant.network import Network
from shiftconv.plan.best import best_plan
from shiftconv.plan.goal import Goal
from shiftconv.plan.plan import Plan
from shiftconv.plan.resources import Prices
from shiftconv.plan.search import Search
from shiftconv.target import Target

__all__ = ["pareto_front"]

LEAST_GAIN = 0.01


def pareto_front(
    network: Network, goal: Goal, *, target: Target, prices: Prices, n_points: int = 24
) -> list[Plan]:
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
    list of Plan
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
    front: list[Plan] = []
    for plan in [fastest, *between, slowest]:
        if plan is None:
            continue
        if not front or plan.area.lut < front[-1].area.lut * (1 - LEAST_GAIN):
            front.append(plan)
    return front
