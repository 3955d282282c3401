"""How a layer's work is spread over lanes and cycles."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from quant.geometry import Geometry
from shiftconv.gateware.beat import n_beats, pace_par
from shiftconv.gateware.beat_times import (
    BeatTimes,
    row_times,
    window_sliding,
    window_storing,
    window_walking,
)
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.read_order import SlidingSteps
from shiftconv.gateware.row_schedule import RowSchedule

__all__ = ["WHOLE_COLUMNS", "ConvFolding", "PoolFolding", "WindowMode", "fixed_memory"]

WindowMode = Literal["pixel", "column", "sliding", "whole"]
WHOLE_COLUMNS: tuple[WindowMode, ...] = ("column", "sliding")


def fixed_memory(name: str, depth: int, width: int) -> tuple[MemoryShape, ...]:
    """The memory of a :class:`CyclicMemory`; a single word is a constant, not a memory."""
    if depth == 1:
        return ()
    return (MemoryShape(depth=depth, width=width, fixed=True, name=name),)


@lru_cache(maxsize=65_536)
def _window_memories(
    mode: WindowMode, geometry: Geometry, n_in: int, word_bits: int
) -> tuple[MemoryShape, ...]:
    """Row memory and, for a sliding window, the memory of its columns."""
    k_h, k_w = geometry.kernel
    rows_par = k_h if mode in WHOLE_COLUMNS else 1
    row_beats = geometry.width * n_in
    rows = RowSchedule(geometry, row_beats, multiple=rows_par).n_rows
    banks = MemoryShape(
        depth=rows // rows_par * row_beats, width=word_bits, count=rows_par, name="rows"
    )
    if mode != "sliding" or n_in == 1 or k_w == 1:
        return (banks,)
    return banks, MemoryShape(depth=n_in, width=(k_w - 1) * k_h * word_bits, name="columns")


@dataclass(frozen=True, kw_only=True)
class ConvFolding:
    """Folding of a convolution.

    Parameters
    ----------
    mode : {"pixel", "column", "sliding", "whole"}
        How much of a window the lanes of one processing element see at once: one pixel, one column
        of pixels, all of the window while it slides (every output channel at once), or all of the
        window, gathered while the previous one is worked on. The first three see ``in_par``
        channels of it, the last one all channels.
    in_par : int
        Channels per input beat.
    out_par : int
        Processing elements: output channels at once.
    """

    mode: WindowMode
    in_par: int
    out_par: int

    def __post_init__(self) -> None:
        if self.mode not in get_args(WindowMode):
            raise ValueError(
                f"Window mode must be one of {', '.join(get_args(WindowMode))}, not {self.mode!r}"
            )

    def check(self, c_in: int, c_out: int) -> None:
        """Raise ValueError if the folding does not fit a layer of these channel counts."""
        if not 1 <= self.in_par <= c_in:
            raise ValueError(f"Input parallelism must be from 1 to {c_in}, not {self.in_par!r}")
        if not 1 <= self.out_par <= c_out:
            raise ValueError(f"Output parallelism must be from 1 to {c_out}, not {self.out_par!r}")
        if self.mode == "sliding" and self.out_par != c_out:
            raise ValueError(
                f"A sliding window passes once, so output parallelism must be {c_out}, "
                f"not {self.out_par}"
            )

    def lanes(self, geometry: Geometry, c_in: int) -> int:
        """Lanes of one processing element."""
        k_h, k_w = geometry.kernel
        return {
            "pixel": self.in_par,
            "column": k_h * self.in_par,
            "sliding": k_h * k_w * self.in_par,
            "whole": k_h * k_w * c_in,
        }[self.mode]

    def window_folds(self, geometry: Geometry, c_in: int) -> int:
        """Cycles that a processing element spends on one window."""
        n_in = n_beats(c_in, self.in_par)
        k_h, k_w = geometry.kernel
        return {
            "pixel": k_h * k_w * n_in,
            "column": k_w * n_in,
            "sliding": n_in,
            "whole": 1,
        }[self.mode]

    def out_folds(self, c_out: int) -> int:
        """Groups of output channels."""
        return n_beats(c_out, self.out_par)

    def weight_folds(self, geometry: Geometry, c_in: int, c_out: int) -> int:
        """Cycles until a lane meets the same weight again; with 1 it never meets another."""
        return self.out_folds(c_out) * self.window_folds(geometry, c_in)

    def requantize_par(self, geometry: Geometry, c_in: int) -> int:
        """Channels per output beat: so few that a group just leaves while the next is summed."""
        return pace_par(self.out_par, self.window_folds(geometry, c_in))

    def row_cycles(self, geometry: Geometry, c_in: int, c_out: int) -> int:
        """Cycles per row of windows: each takes its folds times the groups of output channels.

        A whole window takes at least the cycles in which the next one is gathered; a sliding one
        takes a step for each column.
        """
        n_in = n_beats(c_in, self.in_par)
        if self.mode == "sliding":
            return SlidingSteps(geometry).per_row * n_in
        work = self.window_folds(geometry, c_in) * self.out_folds(c_out)
        if self.mode == "whole":
            k_h, k_w = geometry.kernel
            work = max(work, k_h * k_w * n_in)
        return geometry.out_width * work

    def cycles(self, geometry: Geometry, c_in: int, c_out: int) -> int:
        """Cycles per frame in steady state: ``max(H * W * n_in, Ho * row_cycles)``.

        The output never takes longest, for :meth:`requantize_par` keeps pace with the lanes.
        """
        n_in = n_beats(c_in, self.in_par)
        rows = geometry.out_height * self.row_cycles(geometry, c_in, c_out)
        return max(geometry.height * geometry.width * n_in, rows)

    def window_times(
        self, arrivals: BeatTimes, geometry: Geometry, c_in: int, c_out: int
    ) -> BeatTimes:
        """When the last word of each window is there for each group of output channels."""
        n_in, groups = n_beats(c_in, self.in_par), self.out_folds(c_out)
        rows = row_times(arrivals, geometry, n_in)
        if self.mode == "sliding":
            return window_sliding(rows, geometry, n_in)[:, n_in - 1 :: n_in]
        if self.mode == "whole":
            return window_storing(rows, geometry, n_in, groups)
        return window_walking(rows, geometry.out_width * groups, self.window_folds(geometry, c_in))

    def window_memories(
        self, geometry: Geometry, c_in: int, act_width: int
    ) -> tuple[MemoryShape, ...]:
        """Memories of rows and columns."""
        n_in = n_beats(c_in, self.in_par)
        return _window_memories(self.mode, geometry, n_in, self.in_par * act_width)

    def weight_memories(
        self, geometry: Geometry, c_in: int, c_out: int, code_width: int
    ) -> tuple[MemoryShape, ...]:
        """Memory of the codes, idle lanes included."""
        folds = self.weight_folds(geometry, c_in, c_out)
        return fixed_memory("codes", folds, self.out_par * self.lanes(geometry, c_in) * code_width)

    def scale_memories(
        self, geometry: Geometry, c_in: int, c_out: int, scale_width: int
    ) -> tuple[MemoryShape, ...]:
        """Memory of biases and shifts, idle channels included."""
        par = self.requantize_par(geometry, c_in)
        return fixed_memory("scales", n_beats(c_out, par), par * scale_width)


@dataclass(frozen=True, kw_only=True)
class PoolFolding:
    """Folding of a layer that treats each channel by itself: pooling, depthwise convolution.

    Parameters
    ----------
    mode : {"pixel", "column", "sliding"}
        How much of a window is worked on at once.
    in_par : int
        Channels per beat, in and out.
    """

    mode: WindowMode
    in_par: int

    def __post_init__(self) -> None:
        if self.mode not in ("pixel", "column", "sliding"):
            raise ValueError(
                f"Window mode must be one of pixel, column, sliding, not {self.mode!r}"
            )

    def values(self, geometry: Geometry) -> int:
        """Pixels of a window that are worked on at once."""
        k_h, k_w = geometry.kernel
        return {"pixel": 1, "column": k_h, "sliding": k_h * k_w}[self.mode]

    def window_folds(self, geometry: Geometry) -> int:
        """Cycles spent on one window of a group of channels."""
        k_h, k_w = geometry.kernel
        return k_h * k_w // self.values(geometry)

    def row_cycles(self, geometry: Geometry, channels: int) -> int:
        """Cycles per row of windows."""
        k_h, k_w = geometry.kernel
        return (
            n_beats(channels, self.in_par)
            * {
                "pixel": geometry.out_width * k_h * k_w,
                "column": geometry.out_width * k_w,
                "sliding": SlidingSteps(geometry).per_row,
            }[self.mode]
        )

    def cycles(self, geometry: Geometry, channels: int) -> int:
        """Cycles per frame in steady state, as for a convolution."""
        n_in = n_beats(channels, self.in_par)
        rows = geometry.out_height * self.row_cycles(geometry, channels)
        return max(geometry.height * geometry.width * n_in, rows)

    def window_times(self, arrivals: BeatTimes, geometry: Geometry, channels: int) -> BeatTimes:
        """When the last word of each window and group of channels is there."""
        n_in = n_beats(channels, self.in_par)
        rows = row_times(arrivals, geometry, n_in)
        if self.mode == "sliding":
            return window_sliding(rows, geometry, n_in)
        return window_walking(rows, geometry.out_width * n_in, self.window_folds(geometry))

    def window_memories(
        self, geometry: Geometry, channels: int, act_width: int
    ) -> tuple[MemoryShape, ...]:
        """Memories of rows and columns."""
        n_in = n_beats(channels, self.in_par)
        return _window_memories(self.mode, geometry, n_in, self.in_par * act_width)
