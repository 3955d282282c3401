"""What a user wants of a plan, in a board's terms, and which boards would do."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import floor, inf

from boards import BOARDS, Board
from quant.network import Network
from shiftconv.plan import Budget, Found, Goal, PlanError, Prices, Search, find_plan
from shiftconv.plan.resources import RESOURCES
from shiftconv.target import Target

__all__ = ["UNITS", "Seconds", "Share", "Wishes"]

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
"""Of times, in seconds, the longest first."""


@dataclass(frozen=True)
class Share:
    """A part of what a board has.

    Parameters
    ----------
    part : float
    """

    part: float

    def __str__(self) -> str:
        return f"{100 * self.part:g}%"


@dataclass(frozen=True)
class Seconds:
    """A time.

    Parameters
    ----------
    value : float
    """

    value: float

    def __str__(self) -> str:
        unit = next((unit for unit, size in UNITS.items() if self.value >= size), "ns")
        return f"{self.value / UNITS[unit]:g}{unit}"


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """Limits of a plan; what is not said does not matter.

    Parameters
    ----------
    max_cycles : int, optional
        Cycles per frame.
    fps : float, optional
        Frames per second, instead of ``max_cycles``.
    clock_mhz : float, optional
        Without it, the board's.
    max_latency : int or Seconds, optional
        From a frame's first input beat to its last output beat, in cycles or as a time.
    limits : mapping of str to float or Share
        Of resources, as many at most.
    structure : str, optional
    loaded : bool
        As of a :class:`Target`.

    Raises
    ------
    ValueError
        If they contradict each other.
    """

    max_cycles: int | None = None
    fps: float | None = None
    clock_mhz: float | None = None
    max_latency: int | Seconds | None = None
    limits: Mapping[str, float | Share] = field(default_factory=dict)
    structure: str | None = None
    loaded: bool = False

    def __post_init__(self) -> None:
        if self.fps is not None and self.max_cycles is not None:
            raise ValueError("Give --fps or --max-cycles, not both")
        if self.fps is not None and self.fps <= 0:
            raise ValueError(f"Frames per second must be positive, not {self.fps:g}")
        if self.clock_mhz is not None and self.clock_mhz <= 0:
            raise ValueError(f"The clock must be positive, not {self.clock_mhz:g} MHz")

    def target_on(self, board: Board | None) -> Target:
        """What stages are built for."""
        family = board.family if board else None
        return Target(family=family, structure=self.structure, loaded=self.loaded)

    def prices_on(self, board: Board | None) -> Prices:
        """What resources are worth there."""
        if board is None:
            return Prices()
        there = board.resources
        return Prices.of_device(lut=there.lut, bram=there.bram, big_ram=there.big_ram)

    def clock_on(self, board: Board | None) -> float | None:
        """In MHz; None if nobody says it."""
        return self.clock_mhz or (board.clock_mhz if board else None)

    def goal_on(self, board: Board | None) -> Goal:
        """The limits that a plan has to keep on a board, or on any.

        Where resources are limited and the rate is not, the highest rate is best, else the least
        area.

        Raises
        ------
        ValueError
            If a share or a time is of nothing.
        """
        there = {name: getattr(board.resources, name) if board else inf for name in RESOURCES}
        limits = dict(there)
        for name, limit in self.limits.items():
            if isinstance(limit, Share):
                if board is None:
                    raise ValueError(
                        "A percentage is one of a board's resources: name it with --board"
                    )
                limit = floor(limit.part * there[name])
            limits[name] = min(limit, there[name])
        cycles, latency = self.max_cycles, self.max_latency
        if self.fps is not None:
            cycles = int(self._cycles_of(1 / self.fps, board, "Frames per second"))
        if isinstance(latency, Seconds):
            latency = int(self._cycles_of(latency.value, board, "A latency in seconds"))
        return Goal(
            max_cycles=cycles,
            max_latency=latency,
            budget=Budget(**limits),
            fastest=bool(self.limits) and cycles is None,
        )

    def _cycles_of(self, seconds: float, board: Board | None, what: str) -> float:
        clock = self.clock_on(board)
        if not clock:
            none = f"{board.name} has none, " if board else ""
            raise ValueError(f"{what} needs a clock: {none}give --clock in MHz")
        # A product such as 4999.9999999999 stands for 5000.
        return round(seconds * clock * 1e6, 6)

    def best_plan(self, network: Network, board: Board | None) -> Found:
        """The best plan of a network on a board, or on any.

        Raises
        ------
        PlanError
            If no plan keeps the limits.
        """
        return find_plan(
            network,
            self.goal_on(board),
            target=self.target_on(board),
            prices=self.prices_on(board),
        )

    def board_that_would_do(self, network: Network, board: Board) -> str | None:
        """The smallest other board that has room for the same, as far as the limits of stages and
        streams tell; None if there is none."""
        tried = [(board.family, board.resources)]
        # Of a device and the boards that carry it, a board with a clock comes first.
        for other in sorted(BOARDS.values(), key=lambda b: (b.resources.lut, not b.clock_mhz)):
            if (other.family, other.resources) not in tried:
                tried.append((other.family, other.resources))
                if self._fits(network, other):
                    return other.name
        return None

    def would_fit_loaded(self, network: Network, board: Board) -> bool:
        """The same on one board if a host loads the large weights."""
        return replace(self, loaded=True)._fits(network, board)

    def _fits(self, network: Network, board: Board) -> bool:
        try:
            goal = replace(self.goal_on(board), max_latency=None)
            target, prices = self.target_on(board), self.prices_on(board)
            search = Search(network, goal, target=target, prices=prices)
            return not search.impossible(goal.limit)
        except (PlanError, ValueError):
            return False
