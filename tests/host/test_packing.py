"""Packing for a host: against bytes written out by hand, and back."""

import numpy as np
import pytest

from shiftconv.host.packing import FrameLayout, pack, unpack


def layout_of(shape, width, par, *, signed):
    return FrameLayout(shape=shape, width=width, signed=signed, frac=0, par=par)


def test_bytes_by_hand():
    layout = layout_of((1, 2, 3), 12, 2, signed=True)
    frames = np.array([[[[1, -2, 3], [4, 5, -6]]], [[[-2048, 2047, 0], [0, 256, -1]]]])
    assert pack(frames, layout).tolist() == [
        [1, 0, 254, 255, 3, 0, 0, 0, 4, 0, 5, 0, 250, 255, 0, 0],
        [0, 248, 255, 7, 0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 0, 0],
    ]
    sizes = layout.value_bytes, layout.beat_bytes, layout.pixel_bytes, layout.frame_bytes
    assert sizes == (2, 4, 8, 16)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("width", [2, 7, 8, 9, 16, 33, 63])
@pytest.mark.parametrize(("channels", "par"), [(1, 1), (3, 2), (4, 4), (5, 3)])
def test_round_trip(rng, width, signed, channels, par):
    layout = layout_of((2, 4, channels), width, par, signed=signed)
    frames = rng.integers(layout.lo, layout.hi, (3, 2, 4, channels), endpoint=True)
    frames[0, 0, 0] = layout.lo
    frames[0, 0, 1] = layout.hi
    data = pack(frames, layout)
    assert data.dtype == np.uint8
    assert data.shape == (3, layout.frame_bytes)
    assert (unpack(data, layout) == frames).all()


def test_surplus_bits_do_not_matter():
    """Bits above a value's width are the sender's own business."""
    data = np.array([[0xF5, 0x0A]], np.uint8)
    assert unpack(data, layout_of((1, 2, 1), 4, 1, signed=False)).ravel().tolist() == [5, 10]


def test_wrong_arguments():
    layout = layout_of((1, 1, 2), 4, 2, signed=True)
    with pytest.raises(ValueError, match=r"shape \(n, 1, 1, 2\), not int64 of shape \(2, 2\)"):
        pack(np.zeros((2, 2), np.int64), layout)
    with pytest.raises(ValueError, match=r"integers of shape .* not float64"):
        pack(np.zeros((2, 1, 1, 2)), layout)
    with pytest.raises(ValueError, match="must lie from -8 to 7, not from 0 to 8"):
        pack(np.array([[[[0, 8]]]]), layout)
    with pytest.raises(ValueError, match="must be a multiple of 2, not 3"):
        unpack(np.zeros(3, np.uint8), layout)
    with pytest.raises(ValueError, match=r"all positive, not \(1, 0, 2\) and 2"):
        layout_of((1, 0, 2), 4, 2, signed=True)
    with pytest.raises(ValueError, match="1 to 63 bits, not 64"):
        layout_of((1, 1, 1), 64, 1, signed=True)
