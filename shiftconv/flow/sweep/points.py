"""Points of a sweep, and the products that they come from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from boards import Board, find_board
from shiftconv.plan.resources import RESOURCES
from shiftconv.wishes import Seconds, Share, Wishes

__all__ = ["Choices", "Point"]


@dataclass(frozen=True, kw_only=True)
class Point:
    """One accelerator that is asked for.

    Parameters
    ----------
    model : str
        File, or name of a network that ships.
    scheme : str
    bits, act_width : int
        Of a weight and of an activation.
    board : str
    wishes : Wishes
    synthesize : bool
        Whether Yosys tells the area, not an estimate.
    """

    model: str
    scheme: str
    bits: int
    act_width: int
    board: str
    wishes: Wishes
    synthesize: bool = False

    def asked(self) -> dict[str, Any]:
        """What was asked for, as columns of a row: limits as a user writes them."""
        wishes = self.wishes
        limits = {"latency": wishes.max_latency} | {n: wishes.limits.get(n) for n in RESOURCES}
        return {
            "model": self.model,
            "scheme": self.scheme,
            "bits": self.bits,
            "act_width": self.act_width,
            "board": self.board,
            "structure": wishes.structure,
            "load_weights": int(wishes.loaded),
            "max_cycles": wishes.max_cycles,
            "fps_asked": wishes.fps,
            "clock_mhz": wishes.clock_mhz,
            **{f"{name}_asked": _text(limit) for name, limit in limits.items()},
        }

    def frames_per_second(self, cycles: int) -> float | None:
        """Of an accelerator that takes ``cycles`` for a frame; None if no clock is known."""
        clock = self.wishes.clock_mhz
        return None if clock is None else round(clock * 1e6 / cycles, 2)


def _text(limit: float | Share | Seconds | None) -> str | None:
    if limit is None:
        return None
    return str(limit) if isinstance(limit, Share | Seconds) else f"{limit:.10g}"


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a sweep goes through, but for networks: every board with all combinations of limits.

    Parameters
    ----------
    boards : sequence of str
    max_cycles : sequence of int
        Cycles per frame, at most.
    fps : sequence of float
        Frames per second instead.
    max_latency : sequence of int or Seconds
    limits : mapping of str to sequence of float or Share
        Of resources.
    clock_mhz : float, optional
        The board's own without it where seconds matter.
    structure, loaded
        As for :class:`Wishes`.
    synthesize : bool
        As for :class:`Point`.

    Raises
    ------
    ValueError
        If there is no such board, or a limit cannot be.
    """

    boards: Sequence[str]
    max_cycles: Sequence[int] = ()
    fps: Sequence[float] = ()
    max_latency: Sequence[int | Seconds] = ()
    limits: Mapping[str, Sequence[float | Share]] = field(default_factory=dict)
    clock_mhz: float | None = None
    structure: str | None = None
    loaded: bool = False
    synthesize: bool = False

    def __post_init__(self) -> None:
        for board in map(find_board, self.boards):
            for wishes in self._wishes(board):
                wishes.goal_on(board)

    def points(self, **network: Any) -> Iterator[Point]:
        """Points of one network: ``model``, ``scheme``, ``bits`` and ``act_width``."""
        found: dict[tuple[Any, ...], Point] = {}
        for board in map(find_board, self.boards):
            for wishes in self._wishes(board):
                point = Point(
                    **network, board=board.name, wishes=wishes, synthesize=self.synthesize
                )
                found.setdefault(tuple(point.asked().values()), point)
        yield from found.values()

    def _wishes(self, board: Board) -> Iterator[Wishes]:
        in_seconds = self.fps or any(isinstance(limit, Seconds) for limit in self.max_latency)
        clock = self.clock_mhz or (board.clock_mhz if in_seconds else None)
        for cycles, fps, latency, limits in product(
            self.max_cycles or (None,),
            self.fps or (None,),
            self.max_latency or (None,),
            product(*self.limits.values()),
        ):
            yield Wishes(
                max_cycles=cycles,
                fps=fps,
                clock_mhz=clock,
                max_latency=latency,
                limits=dict(zip(self.limits, limits, strict=True)),
                structure=self.structure,
                loaded=self.loaded,
            )
