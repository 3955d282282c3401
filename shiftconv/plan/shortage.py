"""Why no plan reaches a goal, and what would have to give way."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from shiftconv.estimates import edge_area
from shiftconv.plan.best import best_plan
from shiftconv.plan.errors import PlanError
from shiftconv.plan.plan import Plan
from shiftconv.plan.resources import NAMES, Budget, lacking
from shiftconv.plan.search import Search

__all__ = ["Lack", "ShortageError", "shortage_of"]


@dataclass(frozen=True)
class Lack:
    """A resource that is short, in the plan that comes nearest to the goal.

    Parameters
    ----------
    resource : str
    needed, available : float
    layer : str
        The layer that takes most of it.
    of_layer : float
        As much.
    """

    resource: str
    needed: float
    available: float
    layer: str
    of_layer: float

    @property
    def sentence(self) -> str:
        """All of it in words."""
        return (
            f"{self.needed:,.10g} {NAMES[self.resource]} are needed, {self.available:,.10g} are "
            f"there, {self.needed - self.available:,.10g} are missing; most takes {self.layer}: "
            f"{self.of_layer:,.10g}"
        )


class ShortageError(PlanError):
    """No plan reaches a goal.

    Parameters
    ----------
    what : str
        What was asked for.
    proved : bool
        Whether there is none, or none was found.
    lacks : tuple of Lack
        Resources that are short.
    cycles : int or None
        The fewest cycles per frame with which the same resources suffice, if any do.
    latency : int or None
        The latency that can be had, where the one asked for can't.
    nearest : Plan
        The plan that lacks least or, where nothing is short, one that is late.

    Attributes
    ----------
    reasons : str
        What is in the way, and what would do.
    """

    def __init__(
        self,
        what: str,
        *,
        proved: bool,
        lacks: tuple[Lack, ...] = (),
        cycles: int | None = None,
        latency: int | None = None,
        nearest: Plan,
    ):
        self.nearest = nearest
        self.lacks = lacks
        self.cycles = cycles
        self.latency = latency
        none = f"{what}: {'no plan keeps' if proved else 'no plan was found that keeps'} to that"
        parts = [lack.sentence for lack in lacks]
        if latency is not None:
            parts.append(f"a latency of {latency:,} cycles can be had")
        if cycles is not None:
            parts.append(f"with {cycles:,} cycles per frame it fits")
        self.reasons = "; ".join(parts)
        super().__init__("; ".join([none, *parts]))

    @property
    def brief(self) -> str:
        """What is missing, in a few words."""
        if self.lacks:
            return lacking({lack.resource: lack.needed - lack.available for lack in self.lacks})
        return "comes too late" if self.latency is not None else "no plan was found"

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON."""
        return {
            "lacks": [asdict(lack) for lack in self.lacks],
            "cycles_per_frame": self.cycles,
            "latency_cycles": self.latency,
        }


def shortage_of(search: Search, nearest: Plan, *, proved: bool) -> ShortageError:
    """Why no plan reaches a goal, not even the one that exceeds its budget least."""
    goal = search.goal
    lacks = _lacks(nearest, goal.budget)
    cycles = latency = None
    if lacks and goal.max_cycles is not None:
        slower = replace(goal, max_cycles=None, fastest=True)
        found = best_plan(search.again(slower))
        cycles = found.plan.cycles_per_frame if found.plan else None
    elif goal.max_latency is not None:
        patient = best_plan(search.again(replace(goal, max_latency=None, fastest=True))).plan
        if patient is not None:
            nearest, latency = patient, patient.latency_cycles
    return ShortageError(
        f"{search.network.name} {goal.words}",
        proved=proved,
        lacks=lacks,
        cycles=cycles,
        latency=latency,
        nearest=nearest,
    )


def _lacks(plan: Plan, budget: Budget) -> tuple[Lack, ...]:
    """What is missing for a plan."""
    area = plan.area
    return tuple(
        Lack(name, getattr(area, name), getattr(budget, name), *_largest(plan, name))
        for name in budget.over(area.as_dict())
    )


def _largest(plan: Plan, resource: str) -> tuple[str, float]:
    """The layer that takes most of a resource, the streams into it included, and how much."""
    takes = {stage.name: float(getattr(plan.areas[stage.name], resource)) for stage in plan.stages}
    for edge in plan.edges:
        stream = edge_area(plan.source_par(edge), plan.by_name[edge.target], edge.slot)
        takes[edge.target] += getattr(stream, resource)
    return max(takes.items(), key=lambda item: item[1])
