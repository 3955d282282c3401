"""Frames as AXI4-Stream beats and back, in numpy: how a host packs data for an accelerator."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftconv.gateware.beat import n_beats

__all__ = ["pack_frames", "unpack_frames"]

IntArray = NDArray[np.int64]


def pack_frames(
    frames: IntArray, field: dict[str, Any]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Beats of frames, in raster order, channels ascending; idle places of a pixel's last are zero.

    Parameters
    ----------
    frames : ndarray of int64, shape (n, height, width, channels)
    field : dict
        The manifest's description of ``s_axis``: ``count`` values of ``stride`` bits a beat.

    Returns
    -------
    beats : ndarray of uint8, shape (m, bytes of TDATA), the byte of the lowest bits first
    last : ndarray of bool, shape (m,): TLAST
    """
    _, height, width, channels = frames.shape
    par, n_bytes = field["count"], field["stride"] // 8
    padded = np.pad(frames, ((0, 0), (0, 0), (0, 0), (0, -channels % par)))
    as_bytes = padded.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :n_bytes]
    beats = np.ascontiguousarray(as_bytes).reshape(-1, par * n_bytes)
    per_frame = height * width * n_beats(channels, par)
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
    height, width, channels = shape
    par, n_bytes = field["count"], field["stride"] // 8
    wide = np.zeros((len(beats) * par, 8), np.uint8)
    wide[:, :n_bytes] = beats.reshape(-1, n_bytes)
    values = wide.view("<i8").reshape(-1)
    surplus = 64 - field["width"]
    values = values << surplus
    values = values >> surplus if field["signed"] else values.view(np.uint64) >> np.uint64(surplus)
    pixels = values.astype(np.int64).reshape(-1, n_beats(channels, par) * par)[:, :channels]
    return pixels.reshape(-1, height, width, channels)
