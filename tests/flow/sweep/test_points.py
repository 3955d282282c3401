"""The products of choices, and rates."""

import pytest

from shiftconv.flow.sweep.points import Choices, Rate

NETWORK = {"model": "m", "scheme": "nearest", "bits": 3, "act_width": 8}


def test_every_board_at_every_rate():
    choices = Choices(boards=("zcu102", "ulx3s-85f", "zcu102"), max_cycles=(10, 20, 10))
    found = [(point.board, point.rate.cycle_limit) for point in choices.points(**NETWORK)]
    assert found == [("zcu102", 10), ("zcu102", 20), ("ulx3s_85f", 10), ("ulx3s_85f", 20)]


def test_frames_per_second_are_cycles_of_the_clock():
    [own, other] = (
        next(Choices(boards=("zcu102",), fps=(1000.0,), clock_mhz=clock).points(**NETWORK)).rate
        for clock in (None, 200.0)
    )
    assert (own.cycle_limit, other.cycle_limit) == (125_000, 200_000)
    assert own.frames_per_second(100_000) == 1250.0


def test_least_area_has_neither_limit_nor_clock():
    [point] = Choices(boards=("zcu102",)).points(**NETWORK)
    assert (point.rate.cycle_limit, point.rate.frames_per_second(7)) == (None, None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"boards": ("zcu103",)}, "There is no board 'zcu103'"),
        ({"max_cycles": (0,)}, "a positive max_cycles, not 0"),
        ({"fps": (5.0,), "clock_mhz": -1.0}, "a positive clock_mhz, not -1"),
        ({"fps": (5.0,), "max_cycles": (5,)}, "not both"),
        ({"fps": (5.0,), "boards": ("kv260",)}, "kv260 has none; give --clock"),
    ],
)
def test_refusals(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        Choices(**{"boards": ("zcu102",)} | wrong)
    with pytest.raises(ValueError, match="need a clock"):
        Rate(fps=5.0)
