"""One file per layer kind: its gateware, its cycles, its memories."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from amaranth.lib import wiring

from quant.registry import find_kinds
from shiftconv.gateware.beat_times import BeatTimes
from shiftconv.gateware.memory_area import default_kind
from shiftconv.gateware.memory_kind import AUTOMATIC, MemoryKind, MemoryKinds
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.weight_loader import Load
from shiftconv.target import ANY_TARGET, Target

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
    target : Target
        What it is built for.
    kinds : tuple of {"block", "lut", "big"}, optional
        What each of its ``memories`` is made of; without it, what suits the family of devices.
    element : str, optional
        Structure of its processing elements; without it, wires where they will do, or else what
        suits the target best.
    """

    kind: ClassVar[str]
    folding_type: ClassVar[type]

    name: str
    layer: Any
    folding: Any
    target: Target = ANY_TARGET
    kinds: tuple[MemoryKind, ...] | None = None
    element: str | None = None

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
    def memories(self) -> tuple[MemoryShape, ...]:
        """Memories of its component: rows, weights, scales; each has a name of its own."""

    @property
    def kept_memories(self) -> tuple[MemoryShape, ...]:
        """Its memories without the bits that are the same in all of their fixed words: tools make
        no memory of those."""
        return self.memories

    @property
    def repetitive(self) -> tuple[tuple[MemoryShape, list[int]], ...]:
        """Fixed memories, one by one, whose words are no weights and repeat themselves, each with
        its words."""
        return ()

    @property
    def memory_kinds(self) -> MemoryKinds:
        """What each of its memories is made of, by name; nothing is said for any family."""
        family, memories = self.target.family, self.memories
        if family is None:
            return AUTOMATIC
        kinds = self.kinds or tuple(default_kind(shape, family) for shape in memories)
        return {shape.name: kind for shape, kind in zip(memories, kinds, strict=True)}

    @property
    def memory_bits(self) -> int:
        """Bits of its memories."""
        return sum(memory.bits for memory in self.memories)

    @property
    def load(self) -> Load | None:
        """What its memory of weights takes at start; None if that has its contents."""
        return None

    def load_words(self) -> list[int]:
        """The transfers of :attr:`load`."""
        return []

    @property
    def lanes(self) -> int:
        """Lanes of all processing elements."""
        return 0

    @property
    def structure(self) -> str | None:
        """Structure of its processing elements; None without any, or if weights are wires."""
        return None

    @property
    def other_elements(self) -> tuple[str, ...]:
        """What ``element`` may sensibly be instead."""
        return ()

    @property
    def folds(self) -> str:
        """The folding in a few words."""
        return str(self.folding.mode)

    @property
    @abstractmethod
    def needs(self) -> tuple[int, ...]:
        """For each output row, how many of the frame's input rows must have come."""

    @property
    def streams(self) -> bool:
        """Whether an output row begins as its last input row does, instead of when that ends."""
        return False

    @property
    def patience(self) -> int | None:
        """An output beat may wait until so many cycles before the next one is due, and nothing
        inside is held up; None if it may not wait at all."""
        return None

    def takes(self, offers: Sequence[BeatTimes]) -> Sequence[BeatTimes]:
        """When it takes the beats of its inputs, given when they are offered; a stage with one
        input takes them as they come."""
        return offers

    @abstractmethod
    def departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        """When its beats leave, to the cycle, as long as nobody holds them up.

        Parameters
        ----------
        offers : sequence of ndarray of int64, shape (frames, beats)
            When the beats of each input are there, frames one after the other.

        Returns
        -------
        ndarray of int64, shape (frames, beats)
        """

    def earliest_departures(self, offers: Sequence[BeatTimes]) -> BeatTimes:
        """As :meth:`departures`, or earlier where those take long to find out."""
        return self.departures(offers)

    @abstractmethod
    def component(self) -> wiring.Component:
        """Build it: a component with streams ``i`` and ``o``, and ``i_1``, ... if it has more."""


STAGES = find_kinds(__name__, __path__, Stage)  # type: ignore[type-abstract]
