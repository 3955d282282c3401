"""The best structure of a dot product, by measurement: a table that ships.

``shiftconv structures measure`` makes it anew.
"""

import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log2

__all__ = ["MeasuredStructure", "measured_structures", "nearest_structure"]


@dataclass(frozen=True)
class MeasuredStructure:
    """The best structure for one size, and what it takes.

    Parameters
    ----------
    family : str
    exponent_width, act_width, lanes : int
        Of a processing element with signed activations.
    structure : str
    lut_per_lane, ff_per_lane : float
        Of the whole processing element, accumulator and handshake included.
    others : mapping
        LUT per lane of the structures that are not as good.
    """

    family: str
    exponent_width: int
    act_width: int
    lanes: int
    structure: str
    lut_per_lane: float
    ff_per_lane: float
    others: Mapping[str, float]


@cache
def measured_structures() -> tuple[MeasuredStructure, ...]:
    """Every row of the table that ships."""
    file = importlib.resources.files("shiftconv").joinpath("data", "structures.json")
    return tuple(MeasuredStructure(**row) for row in json.loads(file.read_text())["rows"])


@cache
def nearest_structure(
    *, family: str, exponent_width: int, act_width: int, lanes: int
) -> MeasuredStructure | None:
    """The row of this family and exponent width whose other sizes are nearest by ratio; None if
    there is none."""
    rows = [
        row
        for row in measured_structures()
        if row.family == family and row.exponent_width == exponent_width
    ]

    def distance(row: MeasuredStructure) -> float:
        # A width counts more than a number of lanes, which hardly changes what is best.
        return 4 * abs(log2(row.act_width / act_width)) + abs(log2(row.lanes / lanes))

    return min(rows, key=distance, default=None)
