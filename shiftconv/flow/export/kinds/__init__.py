"""What a design can be exported to: one module each, found by its ``kind``."""

from abc import ABC, abstractmethod
from typing import ClassVar

from quant.registry import find_kinds
from shiftconv.flow.export.design import ExportDesign

__all__ = ["EXPORTS", "Export", "ExportError"]


class ExportError(ValueError):
    """A design cannot be exported so; the message is a sentence."""


class Export(ABC):
    """A way to hand a design to other tools.

    Attributes
    ----------
    kind : str
        What users type.
    summary : str
        What comes out, in a few words.
    loads_weights : bool
        Whether it offers a way to the weights of a network that takes them at start.
    """

    kind: ClassVar[str]
    summary: ClassVar[str]
    loads_weights: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def files(cls, design: ExportDesign) -> dict[str, str]:
        """Text of every file by its path in the folder of the export.

        Raises
        ------
        ExportError
            If this design or board does not suit.
        """


EXPORTS: dict[str, type[Export]] = find_kinds(__name__, __path__, Export)  # type: ignore[type-abstract]
