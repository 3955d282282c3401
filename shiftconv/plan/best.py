"""The best plan: the least area, or the highest rate."""

from collections.abc import Callable
from dataclasses import replace

from shiftconv.plan.plan import Plan
from shiftconv.plan.search import Found, Search

__all__ = ["best_plan"]


def best_plan(search: Search) -> Found:
    """The best plan that reaches a search's goal.

    Rates are searched by halving, for what fits at one rate fits at any lower one. Where the limits
    of the search leave a latency open, a plan is taken that is in time because it is faster than it
    has to be.
    """
    found = _fastest(search) if search.goal.fastest else search.least(search.goal.limit)
    late = search.goal.max_latency is not None and found.plan is None and not found.proved
    return Found(_hurried(search), proved=False) if late else found


def _rates(search: Search) -> list[int]:
    """Cycles per frame that plans of interest may have, ascending."""
    return [rate for rate in search.space.rates.tolist() if rate <= search.goal.limit]


def _fastest(search: Search) -> Found:
    """The plan of the fewest cycles per frame, and of these the least."""
    rates = _rates(search)

    def unknown(at: int) -> bool:
        return search.least_known(rates[at]).plan is None

    low = _first_not(lambda at: search.impossible(rates[at]), -1, len(rates)) - 1
    missed, high, step = low, low + 1, 1
    while high < len(rates) and unknown(high):
        last = max(len(rates) - 1, high + 1)
        missed, high, step = high, min(high + step, last), 2 * step
    if high < len(rates):
        high = _first_not(unknown, missed, high)
    elif low == len(rates) - 1:
        return Found(None, proved=True)
    else:
        high = len(rates) - 1
        found = search.least(rates[high])
        if found.plan is None:
            return found
    # Between them are rates of which it is neither proved nor disproved.
    while high - low > 1:
        middle = (low + high) // 2
        found = search.least(rates[middle])
        if found.plan is None and not found.proved:
            break
        low, high = (middle, high) if found.plan is None else (low, middle)
    found = search.least(rates[high])
    none_faster = high - low == 1
    return Found(found.plan, found.proved and none_faster, none_faster)


def _hurried(search: Search) -> Plan | None:
    """A plan that is in time because it takes fewer cycles per frame than it might.

    Too few cycles don't fit, and too many come too late: between them the fastest is taken or, if
    the least area is best, the slowest.
    """
    plain = search.again(replace(search.goal, max_latency=None, fastest=False))
    rates, best = _rates(plain), None
    low, high = -1, len(rates)
    while high - low > 1:
        middle = (low + high) // 2
        plan = plain.least_known(rates[middle]).plan
        in_time = plan is not None and search.in_time(plan)
        if in_time:
            best = plan
        if plan is None or (in_time and not search.goal.fastest):
            low = middle
        else:
            high = middle
    return best


def _first_not(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The first number above ``low`` that something does not hold of, which holds of all before it;
    ``high`` is taken to be one."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high
