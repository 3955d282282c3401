"""Network and wishes to a plan."""

from quant.network import Network
from shiftconv.plan.best import best_plan
from shiftconv.plan.errors import PlanError
from shiftconv.plan.goal import Goal
from shiftconv.plan.plan import Plan
from shiftconv.plan.resources import UNLIMITED, Budget, Prices
from shiftconv.plan.search import Found, Search
from shiftconv.plan.shortage import shortage_of
from shiftconv.target import ANY_TARGET, Target

__all__ = ["find_plan", "make_plan"]


def find_plan(
    network: Network,
    goal: Goal,
    *,
    target: Target = ANY_TARGET,
    prices: Prices | None = None,
) -> Found:
    """The best plan that reaches a goal, and whether that is proved.

    Raises
    ------
    PlanError
        If no plan reaches it, or none was found: a :class:`ShortageError` if a resource or the
        latency is in the way.
    """
    search = Search(network, goal, target=target, prices=prices)
    found = best_plan(search)
    if found.plan is not None:
        return found
    nearest = search.nearest()
    if nearest is None:
        blocked = search.space.blocked(goal.limit)
        raise PlanError(
            f"The stream into {blocked} can't be regrouped in {goal.limit} cycles per frame"
        )
    if search.in_time(nearest) and not goal.budget.over(nearest.area.as_dict()):
        return Found(nearest, proved=False)
    raise shortage_of(search, nearest, proved=found.proved)


def make_plan(
    network: Network,
    *,
    max_cycles: int | None = None,
    budget: Budget | None = None,
    max_latency: int | None = None,
    fastest: bool | None = None,
    target: Target = ANY_TARGET,
    prices: Prices | None = None,
) -> Plan:
    """Choose every layer's folding, structure and memories: the best of all combinations.

    Parameters
    ----------
    network : Network
    max_cycles : int, optional
        Cycles per frame that no stage and no stream may exceed.
    budget : Budget, optional
        What the accelerator may take.
    max_latency : int, optional
        Cycles from a lone frame's first input beat to its last output beat.
    fastest : bool, optional
        Whether the fewest cycles per frame are best, else the least area. Without it, whether there
        is a budget and no ``max_cycles``.
    target : Target
        What the stages are built for.
    prices : Prices, optional
        What the area's resources are worth.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        If no plan keeps the limits; the message says what is in the way.
    """
    if fastest is None:
        fastest = budget is not None and max_cycles is None
    goal = Goal(
        max_cycles=max_cycles,
        max_latency=max_latency,
        budget=budget or UNLIMITED,
        fastest=fastest,
    )
    found = find_plan(network, goal, target=target, prices=prices)
    assert found.plan is not None
    return found.plan
