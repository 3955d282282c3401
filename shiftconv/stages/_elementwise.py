"""What stages share that give a beat for a beat."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.stages import Stage, useful_parallelisms

__all__ = ["ElementwiseStage", "ParFolding"]


@dataclass(frozen=True, kw_only=True)
class ParFolding:
    """Folding of a layer without windows.

    Parameters
    ----------
    par : int
        Channels per beat, in and out.
    """

    par: int


class ElementwiseStage(Stage):
    """A layer whose pixels are treated one by one, in order."""

    folding_type: ClassVar[type] = ParFolding

    folding: ParFolding

    @classmethod
    def foldings(cls, layer: Any) -> Iterator[ParFolding]:
        for par in cls.parallelisms(layer):
            yield ParFolding(par=par)

    @classmethod
    def parallelisms(cls, layer: Any) -> list[int]:
        """Channels per beat that are possible."""
        return useful_parallelisms(layer.in_shape[2])

    @property
    def in_par(self) -> int:
        return self.folding.par

    @property
    def out_par(self) -> int:
        return self.folding.par

    @property
    def folds(self) -> str:
        return f"{self.folding.par} at once"

    @property
    def cycles(self) -> int:
        """Beats of a frame, of input or output, whichever has more."""
        shapes = [self.layer.in_shape, self.layer.out_shape]
        return max(
            height * width * n_beats(channels, self.folding.par)
            for height, width, channels in shapes
        )

    @property
    def memories(self) -> tuple[MemoryShape, ...]:
        return ()

    @property
    def needs(self) -> tuple[int, ...]:
        return tuple(range(1, self.layer.in_shape[0] + 1))

    @property
    def streams(self) -> bool:
        return True

    @property
    def bits(self) -> int:
        """Bits of a beat."""
        return self.folding.par * self.layer.out_format.width

    @property
    def n_pixels(self) -> int:
        """Pixels of the input."""
        return self.layer.in_shape[0] * self.layer.in_shape[1]
