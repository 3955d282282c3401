"""Which rows a buffer needs, frees and masks, against the rows that windows reach."""

import pytest

from shiftconv.gateware.row_schedule import RowSchedule
from tests.gateware.windows import GEOMETRIES, brief


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=brief)
def test_rows_of_windows(geometry):
    schedule = RowSchedule(geometry, row_beats=3)
    (k_h, _), (s_h, _), (top, *_) = geometry.kernel, geometry.stride, geometry.padding
    reached = [range(n * s_h - top, n * s_h - top + k_h) for n in range(geometry.out_height)]
    oldest = 0
    for n, step in enumerate(schedule.steps):
        present = range(oldest, oldest + step.need)
        inside = [0 <= y < geometry.height for y in reached[n]]
        assert step.inside == sum(bit << i for i, bit in enumerate(inside))
        # Everything in the image that the windows reach is there, and fits into the buffer.
        assert {y for y, bit in zip(reached[n], inside, strict=True) if bit} <= set(present)
        assert step.free <= step.need <= schedule.n_rows
        oldest += step.free
        needed_later = {y for rows in reached[n + 1 :] for y in rows if 0 <= y < geometry.height}
        assert not needed_later & set(range(oldest))
    assert oldest == geometry.height


@pytest.mark.parametrize("multiple", [1, 2, 3, 5])
def test_rows_come_in_multiples(multiple):
    for geometry in GEOMETRIES:
        least = RowSchedule(geometry, row_beats=3).n_rows
        rows = RowSchedule(geometry, row_beats=3, multiple=multiple).n_rows
        assert rows % multiple == 0
        assert least <= rows < least + multiple
