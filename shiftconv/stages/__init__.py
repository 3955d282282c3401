"""One file per layer kind: its gateware, its cycles, its cost."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from amaranth.lib import wiring

from quant.registry import find_kinds
from shiftconv.gateware.row_schedule import RowSchedule

__all__ = ["STAGES", "Stage", "useful_parallelisms"]


def useful_parallelisms(channels: int) -> list[int]:
    """Parallelisms worth considering: for each number of folds, the least that reaches it."""
    return sorted({-(-channels // folds) for folds in range(1, channels + 1)})


@dataclass(frozen=True, eq=False)
class Stage(ABC):
    """The hardware of one layer, decided but not built.

    Parameters
    ----------
    name : str
        Name of the layer; the module carries it too.
    layer : quant.layers.Layer
        The kind's own type.
    folding : object
        How its work is spread; the kind's own type.
    """

    kind: ClassVar[str]
    folding_type: ClassVar[type]

    name: str
    layer: Any
    folding: Any

    @classmethod
    @abstractmethod
    def foldings(cls, layer: Any) -> Iterator[Any]:
        """Every folding worth considering."""

    @property
    @abstractmethod
    def in_par(self) -> int:
        """Channels per input beat."""

    @property
    @abstractmethod
    def out_par(self) -> int:
        """Channels per output beat."""

    @property
    @abstractmethod
    def cycles(self) -> int:
        """Cycles per frame in steady state."""

    @property
    @abstractmethod
    def memory_bits(self) -> int:
        """Bits of memory: rows, weights, scales."""

    @property
    @abstractmethod
    def cost(self) -> float:
        """Rough number of LUTs, for choosing among foldings; an estimate."""

    @property
    def lanes(self) -> int:
        """Lanes of all processing elements."""
        return 0

    @property
    def folds(self) -> str:
        """The folding in a few words."""
        return str(self.folding.mode)

    @property
    @abstractmethod
    def schedule(self) -> RowSchedule:
        """Which input rows each row of the output needs."""

    @property
    def waits_for_whole_frame(self) -> bool:
        """Whether the first output needs the frame's last input."""
        return self.schedule.steps[0].need >= self.schedule.geometry.height

    @property
    @abstractmethod
    def row_cycles(self) -> int:
        """Cycles from the start of an output row to that of the next, its input being there."""

    @property
    @abstractmethod
    def latency(self) -> int:
        """Cycles from a row's last word being read to its last output beat being there."""

    @abstractmethod
    def component(self) -> wiring.Component:
        """Build it: a component with streams ``i`` and ``o``."""


STAGES = find_kinds(__name__, __path__, Stage)  # type: ignore[type-abstract]
