"""Which image rows a window row needs, frees and masks, and how many a buffer must hold."""

from dataclasses import dataclass
from functools import cached_property

from quant.geometry import Geometry

__all__ = ["RowSchedule", "RowStep"]

HANDSHAKE_CYCLES = 8


@dataclass(frozen=True)
class RowStep:
    """One row of windows.

    Parameters
    ----------
    need : int
        Rows that must be complete, counted from the oldest row kept.
    free : int
        Rows, from the oldest, that no later window of the frame needs.
    inside : int
        Bit ``i`` is set where kernel row ``i`` lies in the image.
    """

    need: int
    free: int
    inside: int


@dataclass(frozen=True)
class RowSchedule:
    """Rows of an image in a circular buffer of whole rows.

    Parameters
    ----------
    geometry : Geometry
    row_beats : int
        Beats per image row.
    multiple : int
        The buffer's row count is a multiple of it.
    """

    geometry: Geometry
    row_beats: int
    multiple: int = 1

    def _kept(self, row: int) -> int:
        """Oldest image row that windows from window row ``row`` on need."""
        geo = self.geometry
        if row == geo.out_height:
            return geo.height
        return min(max(row * geo.stride[0] - geo.padding[0], 0), geo.height)

    def _end(self, row: int) -> int:
        """One past the last image row that must be present for window row ``row``."""
        geo = self.geometry
        below = row * geo.stride[0] - geo.padding[0] + geo.kernel[0]
        return max(min(below, geo.height), self._kept(row + 1))

    @cached_property
    def steps(self) -> tuple[RowStep, ...]:
        """What each row of windows asks for."""
        geo = self.geometry
        steps = []
        for row in range(geo.out_height):
            top = row * geo.stride[0] - geo.padding[0]
            kept = self._kept(row)
            rows = range(top, top + geo.kernel[0])
            inside = sum(1 << i for i, y in enumerate(rows) if 0 <= y < geo.height)
            steps.append(RowStep(self._end(row) - kept, self._kept(row + 1) - kept, inside))
        return tuple(steps)

    @property
    def needs(self) -> tuple[int, ...]:
        """For each row of windows, how many image rows must be present, counted from the top."""
        return tuple(self._end(row) for row in range(self.geometry.out_height))

    @property
    def usual(self) -> RowStep:
        """The step of most rows."""
        return max(set(self.steps), key=self.steps.count)

    @cached_property
    def n_rows(self) -> int:
        """Rows to hold, so that while one row of windows is computed everything that the next
        needs can arrive, across frames too, and the handshake's delay is hidden."""
        geo = self.geometry
        last = geo.out_height - 1
        within = [self._end(row + 1) - self._kept(row) for row in range(last)]
        across = geo.height - self._kept(last) + self._end(0)
        slack = -(-HANDSHAKE_CYCLES // self.row_beats)
        rows = max([*within, across]) + slack
        return -(-rows // self.multiple) * self.multiple

    @property
    def advance(self) -> int:
        """Rows from the top of a window row to the top of the next."""
        return self.geometry.stride[0]

    @property
    def advance_frame(self) -> int:
        """Rows from the top of the last window row to the top of the next frame's first."""
        return self.geometry.height - (self.geometry.out_height - 1) * self.geometry.stride[0]
