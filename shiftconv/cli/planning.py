"""Options about plans that several commands share, and the plan that they stand for."""

from dataclasses import dataclass, replace
from typing import Any

import click

from boards import Board, find_board
from shiftconv.cli.completion import complete_board
from shiftconv.cli.options import options, structure_option
from shiftconv.cli.quantities import Amount, Duration
from shiftconv.flow import models
from shiftconv.plan import Found, Goal, Plan, PlanError, ShortageError
from shiftconv.plan.front import pareto_front
from shiftconv.plan.resources import RESOURCES
from shiftconv.wishes import Wishes

__all__ = ["LIMIT_HELP", "Limit", "Planned", "plan_of", "planning_options", "wishes_of"]

LIMIT_HELP = {
    "lut": "LUTs at most: a number, or a percentage of the board's.",
    "ff": "The same of flip-flops,",
    "bram": "of block memories,",
    "big_ram": "and of larger memories: UltraRAM, SPRAM, LRAM.",
}
planning_options = options(
    click.option("--max-cycles", type=int, help="Cycles per frame at most."),
    click.option("--fps", type=float, help="Frames per second, instead of --max-cycles."),
    click.option("--clock", "clock_mhz", type=float, help="MHz; the board's by default."),
    click.option(
        "--max-latency", type=Duration(), help="Of a lone frame: cycles, or a time such as 50us."
    ),
    *(
        click.option(f"--{name.replace('_', '-')}", name, type=Amount(), help=LIMIT_HELP[name])
        for name in RESOURCES
    ),
    click.option(
        "--board", shell_complete=complete_board, help="Board or device; see `shiftconv boards`."
    ),
    structure_option,
    click.option(
        "--load-weights",
        "loaded",
        is_flag=True,
        help="A host loads large weights at start; on iCE40 into SPRAM.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What a plan takes of a resource.

    Parameters
    ----------
    name : str
    estimate, allowed : float
    available : float or None
        On the board, if there is one.
    """

    name: str
    estimate: float
    allowed: float
    available: float | None

    @property
    def over(self) -> float:
        """How much is missing."""
        return max(0, self.estimate - self.allowed)


@dataclass(frozen=True)
class Planned:
    """A plan, and how it came about.

    Parameters
    ----------
    plan : Plan
    wishes : Wishes
    goal : Goal
    board : Board or None
    found : Found
        The plan as it was found, and whether none is better.
    shortage : ShortageError or None
        Why it is larger than the board, where it is.
    """

    plan: Plan
    wishes: Wishes
    goal: Goal
    board: Board | None
    found: Found
    shortage: ShortageError | None = None

    @property
    def holds(self) -> bool:
        """Whether it fits."""
        return self.shortage is None

    @property
    def clock_mhz(self) -> float | None:
        """The clock, if anybody says it."""
        return self.wishes.clock_on(self.board)

    @property
    def limits(self) -> list[Limit]:
        """What it takes of each resource that there is not as much of as it likes."""
        there = self.board.resources if self.board else None
        return [
            Limit(
                name=name,
                estimate=getattr(self.plan.area, name),
                allowed=getattr(self.goal.budget, name),
                available=getattr(there, name) if there else None,
            )
            for name in self.goal.budget.limited
            if getattr(there, name, 1) or getattr(self.plan.area, name)
        ]

    def front(self) -> list[Plan]:
        """What else could be had for more or less area, at the same limits but the rate's."""
        goal = replace(self.goal, max_cycles=None)
        plans = pareto_front(
            self.plan.network,
            goal,
            target=self.plan.target,
            prices=self.wishes.prices_on(self.board),
        )
        if not plans:
            raise PlanError(f"{self.plan.network.name} {goal.words} is not possible at any rate")
        return plans

    def verdict(self) -> str:
        """Whether it fits the board, and what would help."""
        assert self.board is not None
        network, board = self.plan.network, self.board
        if self.shortage is None:
            return f"{network.name} fits {board.name}, as far as can be told before synthesis"
        parts = [f"{network.name} does not fit {board.name}: {self.shortage.reasons}"]
        return "; ".join(parts + _advice(network, self.wishes, board))


def _advice(network: Any, wishes: Wishes, board: Board | None) -> list[str]:
    """What else would do."""
    parts = []
    if board is not None:
        other = wishes.board_that_would_do(network, board)
        parts = [f"{other} would do"] if other else []
        if not wishes.loaded and wishes.would_fit_loaded(network, board):
            parts.append("with --load-weights it fits")
    return parts


def wishes_of(**given: Any) -> Wishes:
    """What the options of :data:`planning_options` say."""
    asked = {name: given.pop(name) for name in RESOURCES}
    limits = {name: limit for name, limit in asked.items() if limit is not None}
    return Wishes(limits=limits, **given)


def plan_of(model: str, *, scheme: str, bits: int, act_width: int, **given: Any) -> Planned:
    """A plan from the options of ``plan`` and ``generate``.

    Where nothing but a board is named and the network does not fit it, the plan that comes nearest
    shows what is missing.

    Raises
    ------
    PlanError
        If no plan keeps the limits; the sentence says what would do.
    """
    name = given.pop("board")
    board = find_board(name) if name else None
    wishes = wishes_of(**given)
    goal = wishes.goal_on(board)
    network = models.quantized_model(model, scheme=scheme, bits=bits, act_width=act_width)
    shortage = None
    try:
        found = wishes.best_plan(network, board)
    except ShortageError as error:
        found, shortage = Found(error.nearest, proved=False), error
        if wishes.limits or board is None or goal.max_latency is not None:
            raise PlanError("; ".join([str(error), *_advice(network, wishes, board)])) from None
    assert found.plan is not None
    return Planned(found.plan, wishes, goal, board, found, shortage)
