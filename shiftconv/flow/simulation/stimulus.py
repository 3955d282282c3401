"""What a run of the compiled simulator is fed, and under which conditions."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["Stimulus"]

DEFAULT_WATCHDOG = 1_000_000
EVER = (-1_000_000, 2**62)


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Beats for the input of a design, and what the driver does around them.

    Parameters
    ----------
    beats : ndarray of uint8, shape (n, bytes of TDATA)
        Input beats, the byte of the lowest bits first.
    last : ndarray of bool, shape (n,)
        Their marks.
    expect_beats : int, optional
        End when all input is taken and so many beats came out. Without it, end when all input is
        taken and nothing has moved for ``watchdog_cycles``.
    stall_in, stall_out : float
        Chance that the source, or the sink, pauses in a cycle.
    seed : int
        Of the pauses, and of what lies on ``s_axis_tdata`` while ``s_axis_tvalid`` is low.
    watchdog_cycles : int
        Give up when no beat has moved on either side for so long.
    drain_cycles : int
        Go on for so long after the end: beats too many show up in the result.
    waves : Path, optional
        Write waves or toggle counts here; the simulator must have been built to ``trace``.
    wave_cycles : (first, last)
        The cycles that they are of; the reset comes before cycle 0. Of the toggles, Verilator
        counts one for each signal that is high at the beginning.
    plusargs : mapping
        What ``$value$plusargs`` gives the model.

    Raises
    ------
    ValueError
        If shapes or options do not fit.
    """

    beats: NDArray[np.uint8]
    last: NDArray[np.bool_]
    expect_beats: int | None = None
    stall_in: float = 0.0
    stall_out: float = 0.0
    seed: int = 0
    watchdog_cycles: int = DEFAULT_WATCHDOG
    drain_cycles: int = 0
    waves: Path | None = None
    wave_cycles: tuple[int, int] = EVER
    plusargs: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.beats.dtype != np.uint8 or self.beats.ndim != 2:
            raise ValueError(
                f"Beats must be uint8 of shape (n, bytes of TDATA), not {self.beats.dtype} of "
                f"shape {self.beats.shape}"
            )
        if self.last.shape != self.beats.shape[:1]:
            raise ValueError(
                f"There are {len(self.beats)} beats, but marks of shape {self.last.shape}"
            )
        for name in "stall_in", "stall_out":
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(
                    f"The chance {name} must be from 0 to below 1, not {getattr(self, name)!r}"
                )

    @property
    def options(self) -> list[str]:
        """What follows the folder in the call of the driver."""
        options = [
            len(self.beats),
            -1 if self.expect_beats is None else self.expect_beats,
            int(self.stall_in * 2**32),
            int(self.stall_out * 2**32),
            self.seed % 2**64,
            self.watchdog_cycles,
            self.drain_cycles,
            *([] if self.waves is None else [self.waves.resolve(), *self.wave_cycles]),
            *(f"+{name}={value}" for name, value in self.plusargs.items()),
        ]
        return [str(option) for option in options]

    @property
    def digest(self) -> str:
        """Identifies what a run depends on besides the simulator."""
        digest = hashlib.sha256(repr((self.beats.shape, self.options)).encode())
        digest.update(np.ascontiguousarray(self.beats).data)
        digest.update(np.packbits(self.last).data)
        return digest.hexdigest()

    def write(self, folder: Path) -> None:
        """Write the beats to where the driver reads them."""
        self.beats.tofile(folder / "in_beats")
        self.last.astype(np.uint8).tofile(folder / "in_last")
