"""When beats are where, cycle by cycle, as long as nobody holds them up."""

from math import gcd

import numpy as np
from numpy.typing import NDArray

from quant.geometry import Geometry
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.read_order import SlidingSteps
from shiftconv.gateware.row_schedule import RowSchedule

__all__ = [
    "BeatTimes",
    "in_turn",
    "regrouped",
    "row_times",
    "window_sliding",
    "window_storing",
    "window_walking",
]

BeatTimes = NDArray[np.int64]
"""Cycles of transfers, shape (frames, beats of a frame)."""


def in_turn(ready: BeatTimes, gap: int | BeatTimes = 1) -> BeatTimes:
    """Earliest starts of things that are there from ``ready`` on and are done one after the other.

    ``start[n] = max(ready[n], start[n - 1] + gap[n - 1])``, across frames too.

    Parameters
    ----------
    ready : ndarray of int64, shape (frames, n)
    gap : int or ndarray of int64, shape (n,)
        Cycles that each takes.

    Returns
    -------
    ndarray of int64, shape (frames, n)

    Examples
    --------
    >>> in_turn(np.array([[0, 1, 9]]), 3)
    array([[0, 3, 9]])
    """
    frames, n = ready.shape
    gaps = np.tile(np.broadcast_to(gap, n), frames)
    before = np.concatenate(([0], np.cumsum(gaps)[:-1])).reshape(ready.shape)
    return np.maximum.accumulate((ready - before).ravel()).reshape(ready.shape) + before


def regrouped(times: BeatTimes, channels: int, before: int, after: int) -> BeatTimes:
    """When beats leave a :class:`WidthAdapter`, given when they are offered to it.

    Parameters
    ----------
    times : ndarray of int64, shape (frames, pixels * ceil(channels / before))
    channels : int
        Of a pixel.
    before, after : int
        Channels per beat.

    Returns
    -------
    ndarray of int64, shape (frames, pixels * ceil(channels / after))
    """
    frames, n_in = len(times), n_beats(channels, before)
    if before == after:
        return times
    if before % after == 0:
        full, last = before // after, n_beats(channels - (n_in - 1) * before, after)
        parts = np.tile([full] * (n_in - 1) + [last], times.shape[1] // n_in)
        within = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
        return np.repeat(in_turn(times, parts), parts, axis=1) + 1 + within
    if after % before == 0:
        ratio = after // before
        ends = [*range(ratio - 1, n_in - 1, ratio), n_in - 1]
        return times.reshape(frames, -1, n_in)[:, :, ends].reshape(frames, -1) + 1
    unit = gcd(before, after)
    return regrouped(regrouped(times, channels, before, unit), channels, unit, after)


def row_times(arrivals: BeatTimes, geometry: Geometry, n_in: int) -> BeatTimes:
    """First cycle in which a line buffer can read each row of windows.

    Parameters
    ----------
    arrivals : ndarray of int64, shape (frames, height * width * n_in)
    geometry : Geometry
    n_in : int
        Beats per pixel.

    Returns
    -------
    ndarray of int64, shape (frames, out_height)
    """
    row_beats = geometry.width * n_in
    needs = np.array(RowSchedule(geometry, row_beats).needs)
    return arrivals[:, needs * row_beats - 1] + 1


def window_walking(rows: BeatTimes, n_passes: int, n_words: int) -> BeatTimes:
    """When the last word of each pass over a window leaves a line buffer.

    Parameters
    ----------
    rows : ndarray of int64, shape (frames, out_height)
        From :func:`row_times`.
    n_passes : int
        Of a row of windows.
    n_words : int
        Of a pass.
    """
    starts = in_turn(rows, n_passes * n_words)[:, :, np.newaxis]
    return (starts + 1 + n_words * np.arange(1, n_passes + 1)).reshape(len(rows), -1)


def window_sliding(rows: BeatTimes, geometry: Geometry, n_in: int) -> BeatTimes:
    """When each word of each window leaves a :class:`WindowSlider` behind a line buffer."""
    steps = SlidingSteps(geometry)
    per_row = steps.per_row * n_in
    until_edge = (steps.n_columns + steps.n_pending) * n_in
    starts: list[int] = []
    for ready in (rows + 2).ravel().tolist():
        start = ready
        if starts:
            before = starts[-1]
            start = max(ready, before + per_row)
            # While windows reach over the edge, whole columns go by, with or without a new one.
            if start < before + until_edge:
                start += (before - start) % n_in
        starts.append(start)
    columns = steps.n_preload + np.arange(geometry.out_width) * geometry.stride[1]
    words = (columns[:, np.newaxis] * n_in + np.arange(n_in)).ravel()
    return (np.array(starts)[:, np.newaxis] + 2 + words).reshape(len(rows), -1)


def window_storing(rows: BeatTimes, geometry: Geometry, n_in: int, repeat: int) -> BeatTimes:
    """When each whole window leaves a :class:`WindowStore`, ``repeat`` times over."""
    n_words = geometry.kernel[0] * geometry.kernel[1] * n_in
    gathered = np.full((*rows.shape, geometry.out_width), np.iinfo(np.int64).min // 2)
    gathered[:, :, 0] = rows + 2 + n_words
    handed = in_turn(gathered.reshape(len(rows), -1), max(n_words, repeat))
    return (handed[:, :, np.newaxis] + 1 + np.arange(repeat)).reshape(len(rows), -1)
