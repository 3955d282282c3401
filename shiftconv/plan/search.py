"""The best plan of all."""

from math import inf

from quant.network import Network
from shiftconv.plan.errors import PlanError
from shiftconv.plan.plan import Plan
from shiftconv.plan.resources import Prices
from shiftconv.plan.space import Space
from shiftconv.target import ANY_TARGET, Target

__all__ = ["make_plan"]


def make_plan(
    network: Network,
    *,
    max_cycles: int | None = None,
    target: Target = ANY_TARGET,
    prices: Prices | None = None,
) -> Plan:
    """Choose every layer's folding so that the area is least.

    Parameters
    ----------
    network : Network
    max_cycles : int, optional
        Cycles per frame that no stage and no stream may exceed. Without it, the least area.
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
        If a layer can't be that fast; the message says which and how fast it can be.

    Notes
    -----
    The weight of the stages and of the streams between them is least over all combinations of
    what the stages offer: :class:`Program` has one column for each.
    """
    limit = inf if max_cycles is None else max_cycles
    if limit < 1:
        raise PlanError(f"Cycles per frame must be a positive integer, not {max_cycles!r}")
    space = Space(network, limit=limit, target=target, prices=prices or Prices())
    choice = space.choice(limit)
    chosen = choice.program.solve()
    if chosen is None:
        name = space.blocked(limit)
        raise PlanError(f"The stream into {name} can't be regrouped in {limit} cycles per frame")
    return space.plan(choice, chosen)
