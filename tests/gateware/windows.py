"""Windows cut out of images, and their comparison with streams of words."""

import numpy as np

from quant.geometry import Geometry
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from tests.gateware.images import payload_bits

__all__ = ["GEOMETRIES", "WIDTH", "brief", "check_words", "grouped_windows", "word_bits"]

WIDTH = 4

GEOMETRIES = [
    Geometry(4, 5, (3, 3)),
    Geometry(4, 3, (3, 3), (1, 1), (1, 1, 1, 1)),
    Geometry(5, 4, (3, 2), (2, 1), (2, 0, 1, 1)),
    Geometry(5, 6, (2, 2), (2, 3)),
    Geometry(3, 4, (5, 5), (1, 2), (2, 4, 3, 2)),
    Geometry(1, 1, (1, 1)),
    Geometry(1, 4, (1, 3), (1, 1), (0, 2, 0, 0)),
    Geometry(4, 1, (3, 1), (1, 1), (0, 0, 2, 0)),
    Geometry(7, 7, (2, 2), (4, 4)),
    Geometry(2, 2, (3, 3), (3, 4), (2, 2, 2, 2)),
]


def brief(geometry):
    """Name of a geometry in a test's name."""
    (k_h, k_w), (s_h, s_w) = geometry.kernel, geometry.stride
    padding = "".join(map(str, geometry.padding))
    return f"{geometry.height}x{geometry.width}k{k_h}{k_w}s{s_h}{s_w}p{padding}"


def grouped_windows(frames, geometry, in_par, fill):
    """Windows of each frame, shape (rows, columns, k_h, k_w, groups, in_par).

    Padding is ``fill`` in every channel; channels that fill up the last group are zero in pixels
    and ``fill`` in padding, as they are in the hardware's words.
    """
    top, left, bottom, right = geometry.padding
    n, height, width, channels = frames.shape
    idle = -channels % in_par
    padded = np.full((n, height + top + bottom, width + left + right, channels + idle), fill)
    padded[:, top : top + height, left : left + width] = np.pad(
        frames, ((0, 0), (0, 0), (0, 0), (0, idle))
    )
    (k_h, k_w), (s_h, s_w) = geometry.kernel, geometry.stride
    return [
        np.array(
            [
                [
                    image[y * s_h : y * s_h + k_h, x * s_w : x * s_w + k_w]
                    for x in range(geometry.out_width)
                ]
                for y in range(geometry.out_height)
            ]
        ).reshape(geometry.out_height, geometry.out_width, k_h, k_w, -1, in_par)
        for image in padded
    ]


def word_bits(passes):
    """Payloads of words of shape (passes, words, values): values, then ``first`` and ``last``."""
    n_words, n_values = passes.shape[1:]
    return [
        payload_bits(values, WIDTH)
        | (at == 0) << n_values * WIDTH
        | (at == n_words - 1) << n_values * WIDTH + 1
        for words in passes
        for at, values in enumerate(words)
    ]


def check_words(component, inputs, golden, cycles, rng, stall):
    """Assert the words of every frame and, without stalls, the cycles from frame to frame."""
    expected = [word_bits(passes) for passes in golden]
    payloads = [bits for frame in expected for bits in frame]
    recording = simulate_streams(component, {"i": inputs}, len(payloads), stall=stall, rng=rng)
    assert recording.payloads == payloads
    if not stall:
        ends = np.cumsum([len(frame) for frame in expected]) - 1
        assert recording.cycles[ends[-1]] - recording.cycles[ends[-2]] == cycles
