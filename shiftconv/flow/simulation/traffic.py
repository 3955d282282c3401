"""How frames come to a design and how its results are taken: pauses, and frames gone wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Arrivals", "Traffic"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Arrivals:
    """A stream of beats in which some frames are of the wrong length.

    Parameters
    ----------
    beats : ndarray of uint8, shape (m, bytes of TDATA)
    last : ndarray of bool, shape (m,): TLAST
    starts : ndarray of int64, shape (n,)
        Where the frames of the right length begin.
    n_malformed : int
        Frames of the wrong length.
    """

    beats: NDArray[np.uint8]
    last: NDArray[np.bool_]
    starts: IntArray
    n_malformed: int


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Pauses on both sides, and frames of the wrong length among the right ones.

    Parameters
    ----------
    stall_in, stall_out : float
        Chance that the source, or the sink, pauses in a cycle; below 1.
    malformed : float
        Chance that a frame that is too short or too long comes before a frame, and before that
        another one; below 1. The last frame is a right one.
    seed : int
        Of all of it.
    """

    stall_in: float = 0.0
    stall_out: float = 0.0
    malformed: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in "stall_in", "stall_out", "malformed":
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(
                    f"The chance {name} must be from 0 to below 1, not {getattr(self, name)!r}"
                )

    @property
    def is_steady(self) -> bool:
        """Whether frames come and go back to back."""
        return not (self.stall_in or self.stall_out or self.malformed)

    @property
    def slowdown(self) -> float:
        """At least how many times longer everything takes, about."""
        return 1 / ((1 - self.stall_in) * (1 - self.stall_out) * (1 - self.malformed))

    def arrivals(
        self, beats: NDArray[np.uint8], last: NDArray[np.bool_], n_frames: int, *, first: int
    ) -> Arrivals:
        """Frames back to back, and wrong ones among them.

        Parameters
        ----------
        beats, last : ndarray
            Beats and marks of ``n_frames`` frames of one length. Of these beats wrong ones are
            made too.
        n_frames : int
        first : int
            Number of the first frame; with the seed it decides where what goes wrong.
        """
        if not self.malformed:
            return Arrivals(beats, last, np.arange(n_frames) * (len(beats) // n_frames), 0)
        rng = np.random.default_rng([self.seed % 2**64, first])
        order: list[IntArray] = []
        ends, starts = [], []
        n_malformed, length = 0, len(beats) // n_frames
        position = 0
        for frame, n_before in enumerate(rng.geometric(1 - self.malformed, n_frames) - 1):
            for _ in range(n_before):
                wrong = _wrong_length(rng, length)
                order.append((rng.integers(len(beats)) + np.arange(wrong)) % len(beats))
                position += wrong
                ends.append(position - 1)
            starts.append(position)
            order.append(np.arange(frame * length, (frame + 1) * length))
            position += length
            ends.append(position - 1)
            n_malformed += n_before
        marks = np.zeros(position, bool)
        marks[ends] = True
        return Arrivals(beats[np.concatenate(order)], marks, np.array(starts), int(n_malformed))


def _wrong_length(rng: np.random.Generator, length: int) -> int:
    """Beats of a frame that should have ``length``: fewer, or up to twice as many and one."""
    if length > 1 and rng.random() < 0.5:
        return int(rng.integers(1, length))
    return int(rng.integers(length + 1, 2 * length + 2))
