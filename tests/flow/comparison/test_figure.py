"""Marks on logarithmic axes."""

import numpy as np
import pytest

from shiftconv.flow.comparison.figure import MOST_MARKS, round_marks


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (950, 16_000, [1000, 2000, 5000, 10_000]),
        (700, 310_000, [1000, 3000, 10_000, 30_000, 100_000, 300_000]),
        (1, 1e9, [1, 100, 1e4, 1e6, 1e8]),
        (14_000, 15_100, [14_000, 14_200, 14_400, 14_600, 14_800, 15_000]),
    ],
)
def test_round_marks(low, high, marks):
    assert round_marks(low, high) == pytest.approx(marks)


def test_every_axis_has_some_marks_and_not_many(rng):
    for low, factor in zip(
        10 ** rng.uniform(-2, 6, 200), 1 + 10 ** rng.uniform(-1.3, 4, 200), strict=True
    ):
        marks = round_marks(low, low * factor)
        assert 1 < len(marks) <= MOST_MARKS
        assert low <= marks[0] <= marks[-1] <= low * factor
        assert (np.diff(marks) > 0).all()
