"""The best plan of all."""

from dataclasses import dataclass, replace
from functools import cached_property

from quant.network import Network
from shiftconv.plan.candidates import Wanted
from shiftconv.plan.counted import most_taken, parts_area
from shiftconv.plan.goal import Goal
from shiftconv.plan.latency import critical_path
from shiftconv.plan.plan import Plan
from shiftconv.plan.program import Choices, Program
from shiftconv.plan.resources import Budget, Prices
from shiftconv.plan.space import Cut, Space
from shiftconv.target import ANY_TARGET, Target
from shiftconv.timeline import Timeline

__all__ = ["Found", "Search"]

# Solutions that are looked at for one answer; columns of all programs that are solved for a proof,
# or where latency counts, neither of which is begun if they allow but a few programs; programs that
# are solved where no plan is known.
MAX_SOLUTIONS = 200
MAX_COLUMNS = 100_000
FEW_PROGRAMS = 10
LAST_PROGRAMS = 5


@dataclass(frozen=True)
class Found:
    """An answer.

    Parameters
    ----------
    plan : Plan or None
        None if no plan reaches the goal, as far as was looked.
    proved : bool
        Whether there is none better, or none at all.
    none_faster : bool
        Whether there is none of fewer cycles per frame, where such a one was looked for.
    """

    plan: Plan | None
    proved: bool
    none_faster: bool = False


@dataclass(frozen=True)
class _Relaxed:
    """A plan that is the least one if its queues are as small as any plan's.

    Parameters
    ----------
    plan : Plan or None
    taken : dict
        Of the resources that are short, as the program counts them.
    proved : bool
    """

    plan: Plan | None
    taken: dict[str, float]
    proved: bool


class Search:
    """Plans of one network, and the best of those that reach a goal.

    Parameters
    ----------
    network : Network
    goal : Goal
    target : Target
    prices : Prices

    Raises
    ------
    PlanError
        If a layer can't be as fast as the goal demands.

    Notes
    -----
    Integer programs know of a plan what adds up: the area of stages, of streams and of the
    shell, and of queues as shallow as they can be. What follows from all of it together, the
    depth of the queues and the latency, is looked at in each solution. What queues take more is
    set aside from the budget, and the program solved again until both agree. All bits of memories
    count: those that never change are left out of a plan's area, but which they are is known of
    whole plans only. Of the latency a
    solution's critical path is looked at: it takes as long in any other plan that has the same
    stages on it, and the least that each candidate can do it in makes a row of the program,
    which all plans in time keep. What was found so is the best if no solution of a program of
    all candidates is better; they are looked at one after the other, best first, as long as
    :data:`MAX_SOLUTIONS` and :data:`MAX_COLUMNS` allow.
    """

    def __init__(
        self,
        network: Network,
        goal: Goal,
        *,
        target: Target = ANY_TARGET,
        prices: Prices | None = None,
    ):
        self.network = network
        self.goal = goal
        self.target = target
        self.prices = prices or Prices()
        self.limited = goal.budget.limited
        self.space = self._space(timed=goal.max_latency is not None)
        self._left = MAX_SOLUTIONS
        if goal.max_latency is not None:
            columns = sum(len(layer.stages) for layer in self.space.layers)
            n_programs = MAX_COLUMNS // columns
            self._left = min(MAX_SOLUTIONS, n_programs) if n_programs >= FEW_PROGRAMS else 0
        self._known: dict[float, Found] = {}

    def _space(self, *, timed: bool) -> Space:
        wanted = Wanted(
            limit=self.goal.limit,
            target=self.target,
            prices=self.prices,
            limited=self.limited,
            timed=timed,
        )
        return Space(self.network, wanted)

    @cached_property
    def _whole_space(self) -> Space:
        """With all candidates that differ in when their beats leave."""
        return self.space if self.goal.max_latency is not None else self._space(timed=True)

    def reaches(self, plan: Plan) -> bool:
        """Whether a plan reaches the goal."""
        return self.in_time(plan) and not self.goal.budget.over(most_taken(plan))

    def _settled(self, plan: Plan) -> Plan:
        """A plan, its queues made of what is worth least and is left of the budget."""
        if plan.target.family is None:
            return plan
        left = self.goal.budget.without(parts_area(plan).as_dict())
        options = [self.space.wanted.queue_options(shape) for shape in plan.queue_memories.values()]
        nodes = [Choices.of_uses([use for _, use in some]) for some in options]
        program, limits = Program(nodes, []), self._limits(left)
        chosen = program.solve(limits) or program.nearest(limits)
        assert chosen is not None
        kinds = tuple(some[n][0] or "block" for some, n in zip(options, chosen, strict=True))
        return replace(plan, queue_kinds=kinds)

    def in_time(self, plan: Plan) -> bool:
        """Whether a plan's latency is short enough."""
        return self.goal.max_latency is None or plan.latency_cycles <= self.goal.max_latency

    def _weight(self, plan: Plan) -> float:
        return self.prices.weigh(parts_area(plan))

    def _limits(self, budget: Budget) -> list[float]:
        return [getattr(budget, name) for name in self.limited]

    def again(self, goal: Goal) -> "Search":
        """The same with another goal."""
        return Search(self.network, goal, target=self.target, prices=self.prices)

    def impossible(self, limit: float) -> bool:
        """Whether it is proved that no plan within ``limit`` cycles per frame reaches the goal, as
        far as queues don't matter."""
        if self.goal.max_latency is None:
            program = self.space.choice(limit).program
            return not program.possible(self._limits(self.goal.budget))
        found = self._solved(limit, self.goal.budget)
        return found.plan is None and found.proved

    def nearest(self) -> Plan | None:
        """The plan that exceeds the budget least, no matter its latency; None if there is none."""
        space = self._space(timed=False)
        choice = space.choice(self.goal.limit)
        chosen = choice.program.nearest(self._limits(self.goal.budget))
        return self._settled(space.plan(choice, chosen)) if chosen is not None else None

    def least(self, limit: float) -> Found:
        """The plan of least weight that takes no more than ``limit`` cycles per frame."""
        found = self.least_known(limit)
        return found if found.proved else self._least_of_all(limit, found.plan)

    def _solved(self, limit: float, budget: Budget) -> _Relaxed:
        """The least plan whose parts keep a budget and which is in time."""
        choice = self.space.choice(limit)
        limits = self._limits(budget)
        while self._left > 0:
            self._left -= 1
            chosen = choice.program.solve(limits)
            if chosen is None:
                return _Relaxed(None, {}, proved=True)
            plan = self.space.plan(choice, chosen)
            if self.in_time(plan):
                taken = choice.program.taken(chosen)[1:].tolist()
                return _Relaxed(plan, dict(zip(self.limited, taken, strict=True)), proved=True)
            choice.cut(self._cut(self.space, plan))
            choice.program.exclude(chosen)
        return _Relaxed(None, {}, proved=False)

    def least_known(self, limit: float) -> Found:
        """The least plan that reaches the goal when what is set aside suffices."""
        if limit not in self._known:
            self._known[limit] = self._looked_up(limit)
        return self._known[limit]

    def _looked_up(self, limit: float) -> Found:
        aside, proved = dict.fromkeys(self.limited, 0.0), True
        while True:
            found = self._solved(limit, self.goal.budget.without(aside))
            if found.plan is None:
                return Found(None, proved and found.proved)
            plan = self._settled(found.plan)
            if self.reaches(plan):
                return Found(plan, proved and found.proved)
            most, proved = most_taken(plan), False
            rest = {name: most[name] - found.taken[name] for name in self.limited}
            aside = {name: max(aside[name], rest[name]) for name in self.limited}

    def _least_of_all(self, limit: float, known: Plan | None) -> Found:
        """Look at solutions in the order of their weight until one reaches the goal, or none can be
        better than the plan that is known."""
        n_programs = MAX_COLUMNS // self.space.choice(limit).program.n_columns
        if n_programs < FEW_PROGRAMS:
            n_programs = LAST_PROGRAMS if known is None else 0
        if not n_programs:
            return Found(known, proved=False)
        space = self._whole_space
        choice = space.choice(limit)
        limits = self._limits(self.goal.budget)
        for _ in range(min(self._left, n_programs)):
            self._left -= 1
            chosen = choice.program.solve(limits)
            if chosen is None:
                return Found(known, proved=True)
            plan = self._settled(space.plan(choice, chosen))
            if known is not None and self._weight(plan) >= self._weight(known):
                return Found(known, proved=True)
            if self.reaches(plan):
                return Found(plan, proved=True)
            if not self.in_time(plan):
                choice.cut(self._cut(space, plan))
            choice.program.exclude(chosen)
        return Found(known, proved=False)

    def _cut(self, space: Space, plan: Plan) -> Cut:
        """What a plan that comes too late shows about all that do."""
        assert self.goal.max_latency is not None
        behind = plan.latency_cycles - Timeline(plan.network, plan.by_name).latency + 1
        return space.cut(critical_path(plan), self.goal.max_latency - behind)
