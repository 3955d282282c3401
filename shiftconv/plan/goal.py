"""What a plan is to reach."""

from dataclasses import dataclass
from math import inf
from typing import Any

from shiftconv.plan.errors import PlanError
from shiftconv.plan.resources import NAMES, UNLIMITED, Budget

__all__ = ["Goal"]


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Limits that a plan keeps, and what is best among those that keep them.

    Parameters
    ----------
    max_cycles : int, optional
        Cycles per frame that no stage and no stream exceeds.
    max_latency : int, optional
        Cycles from a lone frame's first input beat to its last output beat.
    budget : Budget
        What the whole accelerator takes at most, as far as it can be told before synthesis.
    fastest : bool
        Whether the fewest cycles per frame are best, and of those the least area; else the least
        area.

    Raises
    ------
    PlanError
        If a limit is no positive number.
    """

    max_cycles: int | None = None
    max_latency: int | None = None
    budget: Budget = UNLIMITED
    fastest: bool = False

    def __post_init__(self) -> None:
        limits = {"Cycles per frame": self.max_cycles, "Cycles of latency": self.max_latency}
        for name, limit in limits.items():
            if limit is not None and limit < 1:
                raise PlanError(f"{name} must be a positive integer, not {limit!r}")

    @property
    def limit(self) -> float:
        """Cycles per frame at most."""
        return inf if self.max_cycles is None else self.max_cycles

    def as_dict(self) -> dict[str, Any]:
        """The limits that there are, for JSON."""
        limits = {name: getattr(self.budget, name) for name in self.budget.limited}
        return {
            "max_cycles": self.max_cycles,
            "max_latency": self.max_latency,
            "budget": limits,
            "fastest": self.fastest,
        }

    @property
    def words(self) -> str:
        """The limits in words."""
        parts = []
        if self.max_cycles is not None:
            parts.append(f"{self.max_cycles:,} cycles per frame")
        if self.max_latency is not None:
            parts.append(f"a latency of {self.max_latency:,} cycles")
        parts += [
            f"{getattr(self.budget, name):,.10g} {NAMES[name]}" for name in self.budget.limited
        ]
        return f"within {', '.join(parts)}" if parts else "without limits"
