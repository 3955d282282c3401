"""The sliding window against windows cut out of padded rows."""

import pytest
from amaranth.hdl import signed

from quant.geometry import Geometry
from shiftconv.gateware.read_order import SlidingSteps
from shiftconv.gateware.window_slider import WindowSlider
from tests.gateware.windows import GEOMETRIES, WIDTH, brief, check_words, grouped_windows, word_bits

FILL = -3
N_ROWS = 4


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=brief)
@pytest.mark.parametrize("n_words", [1, 2])
def test_windows_of_rows(geometry, n_words, rng, stall):
    """A row of columns is as high as the kernel: an image with one row of windows."""
    k_h, _ = geometry.kernel
    left, right = geometry.padding[1::2]
    row = Geometry(k_h, geometry.width, geometry.kernel, geometry.stride, (0, left, 0, right))
    in_par = 2
    slider = WindowSlider(
        geometry=row, n_words=n_words, act=signed(WIDTH), in_par=in_par, fill=FILL
    )
    rows = rng.integers(-8, 8, (N_ROWS, k_h, row.width, n_words * in_par))
    steps = SlidingSteps(row)
    seen = rows[:, :, : steps.n_columns].reshape(N_ROWS, k_h, -1, n_words, in_par)
    columns = seen.transpose(0, 2, 3, 1, 4).reshape(N_ROWS, -1, k_h * in_par)
    golden = [
        windows.transpose(0, 1, 4, 2, 3, 5).reshape(row.out_width, n_words, -1)
        for windows in grouped_windows(rows, row, in_par, FILL)
    ]
    inputs = [bits for words in columns for bits in word_bits(words[None])]
    check_words(slider, inputs, golden, steps.per_row * n_words, rng, stall)


@pytest.mark.parametrize(
    ("width", "kernel", "stride", "padding", "cycles"),
    [
        (8, 3, 1, (0, 0), 8),
        (8, 3, 1, (1, 1), 8),
        (8, 5, 1, (2, 2), 8),
        (8, 5, 1, (0, 4), 8),
        (8, 5, 1, (4, 0), 8),
        (8, 5, 1, (4, 4), 12),
        (8, 2, 3, (0, 0), 8),
        (8, 2, 2, (1, 1), 9),
        (2, 5, 1, (2, 2), 2),
    ],
)
def test_padding_costs_no_cycle_where_the_next_row_can_share(
    width, kernel, stride, padding, cycles
):
    left, right = padding
    geometry = Geometry(1, width, (1, kernel), (1, stride), (0, left, 0, right))
    assert SlidingSteps(geometry).per_row == cycles
