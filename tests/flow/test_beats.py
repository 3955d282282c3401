"""Beats of frames, their marks among them, against bytes written out by hand."""

import numpy as np

from shiftconv.flow.beats import pack_frames, unpack_frames

FIELD = {"width": 12, "stride": 16, "count": 2, "signed": True}


def test_beats_and_marks_by_hand():
    frames = np.array([[[[1, -2, 3]]], [[[4, 5, -6]]]])
    beats, last = pack_frames(frames, FIELD)
    assert beats.tolist() == [
        [1, 0, 254, 255],
        [3, 0, 0, 0],
        [4, 0, 5, 0],
        [250, 255, 0, 0],
    ]
    assert last.tolist() == [False, True, False, True]
    assert (unpack_frames(beats, FIELD, (1, 1, 3)) == frames).all()


def test_values_are_taken_by_their_lowest_bits():
    frames = np.array([[[[-2048, 2047]]]])
    beats, _ = pack_frames(frames & 0xFFF, FIELD)
    assert (unpack_frames(beats, FIELD, (1, 1, 2)) == frames).all()
