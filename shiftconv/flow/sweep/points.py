"""Points of a sweep, and the products that they come from."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from boards import Board, find_board

__all__ = ["Choices", "Point", "Rate"]

MEGA = 1e6


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How fast an accelerator shall be; the least area without a wish.

    Parameters
    ----------
    max_cycles : int, optional
        Cycles per frame, at most.
    fps : float, optional
        Frames per second instead, which needs ``clock_mhz``.
    clock_mhz : float, optional
        Clock that frames per second are counted at.

    Raises
    ------
    ValueError
        If a number is not positive, there are both wishes, or no clock for frames per second.
    """

    max_cycles: int | None = None
    fps: float | None = None
    clock_mhz: float | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and value <= 0:
                raise ValueError(f"Rate must have a positive {name}, not {value:g}")
        if self.fps is not None and self.max_cycles is not None:
            raise ValueError("Rate is cycles per frame or frames per second, not both")
        if self.fps is not None and self.clock_mhz is None:
            raise ValueError("Frames per second need a clock")

    @property
    def cycle_limit(self) -> int | None:
        """Cycles per frame that are allowed."""
        if self.fps is None or self.clock_mhz is None:
            return self.max_cycles
        return int(self.clock_mhz * MEGA / self.fps)

    def frames_per_second(self, cycles: int) -> float | None:
        """Of an accelerator that takes ``cycles`` for a frame; None if no clock is known."""
        return None if self.clock_mhz is None else round(self.clock_mhz * MEGA / cycles, 2)


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
    rate : Rate
    structure : str or None
        Of processing elements; the family's best without it.
    load_weights : bool
        Whether a host loads large weights at start.
    synthesize : bool
        Whether Yosys tells the area, not an estimate.
    """

    model: str
    scheme: str
    bits: int
    act_width: int
    board: str
    rate: Rate
    structure: str | None = None
    load_weights: bool = False
    synthesize: bool = False

    def asked(self) -> dict[str, Any]:
        """What was asked for, as columns of a row."""
        flat = asdict(self)
        rate, _ = flat.pop("rate"), flat.pop("synthesize")
        return flat | {
            "load_weights": int(self.load_weights),
            "max_cycles": rate["max_cycles"],
            "fps_asked": rate["fps"],
            "clock_mhz": rate["clock_mhz"],
        }


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a sweep goes through, but for networks: every board at every rate.

    Parameters
    ----------
    boards : sequence of str
    max_cycles : sequence of int
        Cycles per frame, at most.
    fps : sequence of float
        Frames per second instead.
    clock_mhz : float, optional
        The board's own for ``fps`` without it.
    structure, load_weights, synthesize
        As for :class:`Point`.

    Raises
    ------
    ValueError
        If there is no such board, or a rate cannot be.
    """

    boards: Sequence[str]
    max_cycles: Sequence[int] = ()
    fps: Sequence[float] = ()
    clock_mhz: float | None = None
    structure: str | None = None
    load_weights: bool = False
    synthesize: bool = False

    def __post_init__(self) -> None:
        if self.max_cycles and self.fps:
            raise ValueError("Rate is cycles per frame or frames per second, not both")
        for name in self.boards:
            list(self._rates(find_board(name)))

    def points(self, **network: Any) -> Iterator[Point]:
        """Points of one network: ``model``, ``scheme``, ``bits`` and ``act_width``."""
        for board in dict.fromkeys(find_board(name) for name in self.boards):
            for rate in dict.fromkeys(self._rates(board)):
                yield Point(
                    **network,
                    board=board.name,
                    rate=rate,
                    structure=self.structure,
                    load_weights=self.load_weights,
                    synthesize=self.synthesize,
                )

    def _rates(self, board: Board) -> Iterator[Rate]:
        clock = self.clock_mhz or (board.clock_mhz if self.fps else None)
        if self.fps and clock is None:
            raise ValueError(
                f"Frames per second need a clock, and {board.name} has none; give --clock in MHz"
            )
        for cycles, fps in product(self.max_cycles or (None,), self.fps or (None,)):
            yield Rate(max_cycles=cycles, fps=fps, clock_mhz=clock)
