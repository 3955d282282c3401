"""The line buffer and what follows it, against windows cut out of padded images."""

import numpy as np
import pytest
from amaranth.hdl import signed

from quant.geometry import Geometry
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.line_buffer import LineBuffer
from shiftconv.gateware.read_order import ReadOrder
from tests.gateware.images import images_to_beats
from tests.gateware.windows import GEOMETRIES, WIDTH, brief, check_words, grouped_windows

FILL = -3


def _convolution(windows, repeat, whole_columns):
    """Words of windows of shape (rows, columns, k_h, k_w, groups, in_par), in order."""
    words = windows.transpose(0, 1, 3, 4, 2, 5) if whole_columns else windows
    rows, columns, *_ = words.shape
    n_values = words.shape[-1] * (words.shape[-2] if whole_columns else 1)
    passes = words.reshape(rows * columns, 1, -1, n_values)
    return np.repeat(passes, repeat, axis=1).reshape(-1, passes.shape[2], n_values)


def _pooling(windows, whole_columns):
    """The same where a pass is a group of channels."""
    rows, columns, k_h, _, groups, in_par = windows.shape
    if whole_columns:
        order, n_values = (0, 1, 4, 3, 2, 5), k_h * in_par
    else:
        order, n_values = (0, 1, 4, 2, 3, 5), in_par
    return windows.transpose(order).reshape(rows * columns * groups, -1, n_values)


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=brief)
@pytest.mark.parametrize("whole_columns", [False, True], ids=["pixels", "columns"])
def test_words_of_a_convolution(geometry, whole_columns, rng, stall):
    channels, in_par, repeat = 3, 2, 1 + geometry.height % 2
    n_in = n_beats(channels, in_par)
    buffer = LineBuffer(
        geometry=geometry,
        channels=channels,
        act=signed(WIDTH),
        in_par=in_par,
        order=ReadOrder.convolution(geometry, n_in, repeat),
        whole_columns=whole_columns,
        fill=FILL,
    )
    frames = rng.integers(-8, 8, (3, geometry.height, geometry.width, channels))
    golden = [
        _convolution(windows, repeat, whole_columns)
        for windows in grouped_windows(frames, geometry, in_par, FILL)
    ]
    cycles = max(geometry.height * geometry.width * n_in, golden[0].shape[0] * golden[0].shape[1])
    check_words(buffer, images_to_beats(frames, WIDTH, in_par), golden, cycles, rng, stall)


@pytest.mark.parametrize("geometry", GEOMETRIES[::2], ids=brief)
@pytest.mark.parametrize("whole_columns", [False, True], ids=["pixels", "columns"])
def test_words_of_pooling(geometry, whole_columns, rng, stall):
    channels, in_par = 3, 1
    buffer = LineBuffer(
        geometry=geometry,
        channels=channels,
        act=signed(WIDTH),
        in_par=in_par,
        order=ReadOrder.pooling(geometry, n_beats(channels, in_par)),
        whole_columns=whole_columns,
        fill=FILL,
    )
    frames = rng.integers(-8, 8, (3, geometry.height, geometry.width, channels))
    golden = [
        _pooling(windows, whole_columns)
        for windows in grouped_windows(frames, geometry, in_par, FILL)
    ]
    cycles = max(
        geometry.height * geometry.width * channels, golden[0].shape[0] * golden[0].shape[1]
    )
    check_words(buffer, images_to_beats(frames, WIDTH, in_par), golden, cycles, rng, stall)


def test_nothing_waits_for_the_next_frame(rng):
    """The last frame's windows leave although no further beat comes."""
    geometry = Geometry(3, 3, (3, 3), (1, 1), (1, 1, 1, 1))
    buffer = LineBuffer(
        geometry=geometry,
        channels=1,
        act=signed(WIDTH),
        in_par=1,
        order=ReadOrder.convolution(geometry, 1, 1),
        whole_columns=True,
    )
    frame = rng.integers(-8, 8, (1, 3, 3, 1))
    recording = simulate_streams(buffer, {"i": images_to_beats(frame, WIDTH, 1)}, 27, watchdog=60)
    assert len(recording.payloads) == 27


@pytest.mark.parametrize("in_par", [0, 4])
def test_wrong_parallelism(in_par):
    geometry = Geometry(3, 3, (1, 1))
    with pytest.raises(ValueError, match=f"must be from 1 to the 3 channels, not {in_par}"):
        LineBuffer(
            geometry=geometry,
            channels=3,
            act=signed(WIDTH),
            in_par=in_par,
            order=ReadOrder.scan(geometry, 1),
            whole_columns=True,
        )
