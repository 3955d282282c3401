"""Options about plans that several commands share, and the plan that they stand for."""

from dataclasses import dataclass, replace
from typing import Any

import click

from boards import Board, find_board
from shiftconv.cli.completion import complete_board
from shiftconv.cli.options import options, structure_option
from shiftconv.cli.quantities import Amount, Duration
from shiftconv.fit import Fit, fit_plan
from shiftconv.flow import models
from shiftconv.plan import Found, Goal, Plan, PlanError, ShortageError
from shiftconv.plan.front import FrontPoint, pareto_front
from shiftconv.plan.resources import RESOURCES
from shiftconv.wishes import Wishes

__all__ = ["LIMIT_HELP", "Planned", "plan_of", "planning_options", "wishes_of"]

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
    fit : Fit or None
        What it needs of the board.
    shortage : ShortageError or None
        Why it is larger than the board, where it is.
    """

    plan: Plan
    wishes: Wishes
    goal: Goal
    board: Board | None
    found: Found
    fit: Fit | None
    shortage: ShortageError | None = None

    @property
    def holds(self) -> bool:
        """Whether it fits."""
        return self.shortage is None and (self.fit is None or self.fit.fits)

    @property
    def clock_mhz(self) -> float | None:
        """The clock, if anybody says it."""
        return self.wishes.clock_on(self.board)

    def front(self) -> list[FrontPoint]:
        """What else could be had for more or less area, at the same limits but the rate's."""
        goal = replace(self.goal, max_cycles=None)
        points = pareto_front(
            self.plan.network,
            goal,
            target=self.plan.target,
            prices=self.wishes.prices_on(self.board),
        )
        if not points:
            raise PlanError(f"{self.plan.network.name} {goal.words} is not possible at any rate")
        return points

    def verdict(self) -> str:
        """Whether it fits, and what would help."""
        assert self.board is not None
        assert self.fit is not None
        parts = [f"{self.plan.network.name} {self.fit.sentence}"]
        if not self.holds:
            if self.fit.fits:
                parts = [str(self.shortage)]
            parts += _advice(self.plan.network, self.wishes, self.board)
        return "; ".join(parts)


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
        limited = wishes.limits or board is None or goal.max_latency is not None
        if limited or found.plan is None:
            raise PlanError("; ".join([str(error), *_advice(network, wishes, board)])) from None
    assert found.plan is not None
    fit = fit_plan(found.plan, board) if board else None
    return Planned(found.plan, wishes, goal, board, found, fit, shortage)
