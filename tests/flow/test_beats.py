"""Packing for a host: against bytes written out by hand, and back."""

import numpy as np
import pytest

from shiftconv.flow.beats import pack_frames, unpack_frames


def field(width, count, *, signed):
    stride = -(-width // 8) * 8
    return {"width": width, "stride": stride, "count": count, "signed": signed}


def test_bytes_by_hand():
    frames = np.array([[[[1, -2, 3]]], [[[4, 5, -6]]]])
    beats, last = pack_frames(frames, field(12, 2, signed=True))
    assert beats.tolist() == [
        [1, 0, 254, 255],
        [3, 0, 0, 0],
        [4, 0, 5, 0],
        [250, 255, 0, 0],
    ]
    assert last.tolist() == [False, True, False, True]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("width", [2, 7, 8, 9, 16])
@pytest.mark.parametrize(("channels", "count"), [(1, 1), (3, 2), (4, 4), (5, 3)])
def test_round_trip(rng, width, signed, channels, count):
    lo, hi = (-(2 ** (width - 1)), 2 ** (width - 1)) if signed else (0, 2**width)
    frames = rng.integers(lo, hi, (3, 2, 4, channels))
    frames[0, 0, 0] = lo
    frames[0, 0, 1] = hi - 1
    place = field(width, count, signed=signed)
    beats, last = pack_frames(frames, place)
    assert beats.dtype == np.uint8
    assert last.sum() == 3
    assert (unpack_frames(beats, place, frames.shape[1:]) == frames).all()


def test_surplus_bits_do_not_matter():
    """Bits above a value's width are the sender's own business."""
    beats = np.array([[0xF5], [0x0A]], np.uint8)
    found = unpack_frames(beats, field(4, 1, signed=False), (1, 2, 1))
    assert found.ravel().tolist() == [5, 10]
