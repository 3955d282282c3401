"""What a solver or a search brings back."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["OutOfTimeError", "Trace"]


class OutOfTimeError(Exception):
    """No answer was found within the time."""


@dataclass(frozen=True)
class Trace:
    """A behaviour, cycle by cycle.

    Parameters
    ----------
    widths : mapping
        Bits of each signal: inputs, registers, outputs.
    inputs : tuple of str
        Those of the signals that are inputs.
    cycles : tuple of mapping
        Value of each signal in each cycle.
    """

    widths: Mapping[str, int]
    inputs: tuple[str, ...]
    cycles: tuple[Mapping[str, int], ...]
