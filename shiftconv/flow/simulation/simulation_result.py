"""What a simulation found, and how it adds up."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.evaluate import top1
from shiftconv.flow.sample_store import N_SAMPLES
from shiftconv.flow.simulation.traffic import Traffic

__all__ = ["SimulationResult", "Tally"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class SimulationResult:
    """What a simulation found.

    Parameters
    ----------
    engine : str
        What simulated.
    images : int
        Frames, or windows of a processing element, simulated.
    values : int
        Output values compared.
    mismatched_values : int
        How many differ from the golden model's.
    top1 : float or None
        Fraction of images whose largest simulated output is the label's; None without labels.
    latency_cycles : int
        From the first input beat to the first frame's last output beat.
    cycles_per_frame : int or None
        Measured in steady state: between the ends of the last two frames. None if frames do not
        come and go back to back.
    planned_cycles_per_frame : int or None
    frame_errors : int
        Frames that the design flagged.
    cycles : int
    images_per_second : float
        Speed of the simulator itself.
    build_seconds : float
        Time to compile the simulator; 0 if it was compiled before, or needs no compilation.
    golden_top1 : float or None
        The golden model's.
    planned_latency_cycles : int or None
    mean_cycles_per_frame : float or None
        Measured between the ends of the first and the last frame, pauses included.
    malformed_frames : int
        Frames of the wrong length that were sent besides; none may come out, all must be flagged.
    earlier_images : int
        Frames of which an earlier simulation of the same was taken.
    processes : int
        That simulated at a time.
    first_outputs : tuple of ndarray, shapes (n, classes), or None
        Simulated and golden outputs of the first frames; None if a frame's output is an image, or
        the frames are none of a network's.
    """

    engine: str
    images: int
    values: int
    mismatched_values: int
    top1: float | None
    latency_cycles: int
    cycles_per_frame: int | None
    planned_cycles_per_frame: int | None
    frame_errors: int
    cycles: int
    images_per_second: float
    build_seconds: float
    golden_top1: float | None = None
    planned_latency_cycles: int | None = None
    mean_cycles_per_frame: float | None = None
    malformed_frames: int = 0
    earlier_images: int = 0
    processes: int = 1
    first_outputs: tuple[IntArray, IntArray] | None = field(default=None, repr=False, compare=False)

    @property
    def holds(self) -> bool:
        """Every value is the golden model's; frames of the wrong length, no others, are flagged."""
        return self.mismatched_values == 0 and self.frame_errors == self.malformed_frames

    def as_dict(self) -> dict[str, Any]:
        """Plain containers for JSON, without the first outputs."""
        return {name: value for name, value in vars(self).items() if name != "first_outputs"}


class Tally:
    """Adds up a network's simulation, some consecutive frames at a time.

    Parameters
    ----------
    n_outputs : int
        Values of a frame.
    labels : ndarray of int64, shape (n,), optional
    traffic : Traffic

    Raises
    ------
    ValueError
        If a label is none of the outputs.
    """

    def __init__(self, n_outputs: int, labels: IntArray | None, traffic: Traffic):
        self._labels = labels
        self._traffic = traffic
        self._right = {"simulated": 0.0, "golden": 0.0}
        self._values = self._mismatched = 0
        self._latencies: dict[int, int] = {}
        self._intervals: list[int] = []
        self._spans: list[tuple[int, int]] = []
        self._cycles = self._errors = self._malformed = 0
        self._first: dict[int, tuple[IntArray, IntArray]] = {}
        if labels is not None:
            ends = np.array([labels.min(), labels.max()])
            top1(np.zeros((2, n_outputs)), ends)

    def add(
        self,
        frames: range,
        simulated: IntArray,
        golden: IntArray,
        *,
        starts: IntArray,
        ends: IntArray,
        marks: NDArray[np.bool_],
        frame_errors: int,
        malformed: int,
    ) -> None:
        """Compare and count.

        Parameters
        ----------
        frames : range
            Numbers of these frames.
        simulated, golden : ndarray of int64, shape (n, height, width, channels)
        starts, ends : ndarray of int64, shape (n,)
            Cycles of each frame's first beat in and last beat out.
        marks : ndarray of bool, shape (n, beats per frame)
            A frame whose last beat has no mark, or another one has, is wrong altogether.
        frame_errors, malformed : int
        """
        wrong = simulated != golden
        marked = np.arange(marks.shape[1]) == marks.shape[1] - 1
        wrong[(marks != marked).any(axis=1)] = True
        self._values += golden.size
        self._mismatched += int(wrong.sum())
        self._remember(frames, simulated, golden)
        if self._labels is not None:
            some = self._labels[frames.start : frames.stop]
            self._right["simulated"] += top1(simulated, some) * len(some)
            self._right["golden"] += top1(golden, some) * len(some)
        self._latencies[frames.start] = int(ends[0] - starts[0])
        if len(ends) > 1:
            self._intervals.append(int(ends[-1] - ends[-2]))
            self._spans.append((int(ends[-1] - ends[0]), len(ends) - 1))
        self._cycles += int(ends[-1] + 1)
        self._errors += frame_errors
        self._malformed += malformed

    def _remember(self, frames: range, simulated: IntArray, golden: IntArray) -> None:
        """Keep the outputs of the first frames, if they are one pixel each."""
        if golden.shape[1:3] == (1, 1):
            for n in range(frames.start, min(frames.stop, N_SAMPLES)):
                at = n - frames.start
                self._first[n] = simulated[at].reshape(-1), golden[at].reshape(-1)

    def measured(self) -> dict[str, Any]:
        """Everything that was added, by the names of :class:`SimulationResult`."""
        span, n_intervals = np.sum([(0, 0), *self._spans], axis=0).tolist()
        return {
            "values": self._values,
            "mismatched_values": self._mismatched,
            "top1": self._fraction("simulated"),
            "golden_top1": self._fraction("golden"),
            "latency_cycles": self._latencies[min(self._latencies)],
            "cycles_per_frame": (
                max(self._intervals) if self._intervals and self._traffic.is_steady else None
            ),
            "mean_cycles_per_frame": span / n_intervals if n_intervals else None,
            "frame_errors": self._errors,
            "malformed_frames": self._malformed,
            "cycles": self._cycles,
            "first_outputs": self._first_outputs(),
        }

    def _first_outputs(self) -> tuple[IntArray, IntArray] | None:
        if not self._first:
            return None
        simulated, golden = zip(*(self._first[n] for n in sorted(self._first)), strict=True)
        return np.stack(simulated), np.stack(golden)

    def _fraction(self, whose: str) -> float | None:
        if self._labels is None:
            return None
        return round(self._right[whose]) / len(self._labels)
