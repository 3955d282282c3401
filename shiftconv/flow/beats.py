"""Frames, and any stream's payloads, as AXI4-Stream beats and back, in numpy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftconv.host.packing import FrameLayout, pack, unpack

__all__ = ["pack_frames", "unpack_frames"]

IntArray = NDArray[np.int64]


def pack_frames(
    frames: IntArray, field: dict[str, Any]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Beats of frames, as :mod:`shiftconv.host.packing` lays them out.

    Parameters
    ----------
    frames : ndarray of int64, shape (n, height, width, channels)
        Of each value the lowest bits count.
    field : dict
        The manifest's description of ``s_axis``: ``count`` values of ``stride`` bits a beat.

    Returns
    -------
    beats : ndarray of uint8, shape (m, bytes of TDATA), the byte of the lowest bits first
    last : ndarray of bool, shape (m,): TLAST
    """
    layout = _layout(field, frames.shape[1:])
    wrapped = (frames - layout.lo) % 2**layout.width + layout.lo
    beats = pack(wrapped, layout).reshape(-1, layout.beat_bytes)
    per_frame = layout.frame_bytes // layout.beat_bytes
    return beats, np.arange(1, len(beats) + 1) % per_frame == 0


def unpack_frames(
    beats: NDArray[np.uint8], field: dict[str, Any], shape: tuple[int, int, int]
) -> IntArray:
    """Frames from the beats of ``m_axis``; inverse of :func:`pack_frames`.

    Parameters
    ----------
    beats : ndarray of uint8, shape (m, bytes of TDATA)
    field : dict
        The manifest's description of ``m_axis``.
    shape : (height, width, channels)

    Returns
    -------
    ndarray of int64, shape (n, height, width, channels)
    """
    return unpack(beats, _layout(field, shape))


def _layout(field: dict[str, Any], shape: tuple[int, ...]) -> FrameLayout:
    height, width, channels = shape
    return FrameLayout(
        shape=(height, width, channels),
        width=field["width"],
        signed=field["signed"],
        frac=0,
        par=field["count"],
    )
