"""The products of choices."""

import pytest

from shiftconv.flow.sweep.points import Choices
from shiftconv.wishes import Seconds, Share

NETWORK = {"model": "m", "scheme": "nearest", "bits": 3, "act_width": 8}


def test_every_board_at_every_rate():
    choices = Choices(boards=("zcu102", "ulx3s-85f", "zcu102"), max_cycles=(10, 20, 10))
    found = [(point.board, point.wishes.max_cycles) for point in choices.points(**NETWORK)]
    assert found == [("zcu102", 10), ("zcu102", 20), ("ulx3s_85f", 10), ("ulx3s_85f", 20)]


def test_every_budget_at_every_rate():
    limits = {"lut": (Share(0.2), 9000.0, Share(0.2)), "bram": (4.0, Share(0.5))}
    choices = Choices(boards=("zcu102",), fps=(50.0, 60.0), limits=limits)
    found = [point.asked() for point in choices.points(**NETWORK)]
    asked = [(row["fps_asked"], row["lut_asked"], row["bram_asked"]) for row in found]
    assert asked == [
        (fps, lut, bram) for fps in (50.0, 60.0) for lut in ("20%", "9000") for bram in ("4", "50%")
    ]
    assert {row["ff_asked"] for row in found} == {None}


def test_what_counts_seconds_has_the_boards_clock():
    [own, other] = (
        next(Choices(boards=("zcu102",), fps=(1000.0,), clock_mhz=clock).points(**NETWORK))
        for clock in (None, 200.0)
    )
    assert (own.wishes.clock_mhz, other.wishes.clock_mhz) == (125, 200)
    assert own.frames_per_second(100_000) == 1250.0
    cycles, seconds = Choices(boards=("zcu102",), max_latency=(70, Seconds(5e-5))).points(**NETWORK)
    assert [point.asked()["latency_asked"] for point in (cycles, seconds)] == ["70", "50us"]
    assert seconds.wishes.clock_mhz == 125


def test_least_area_has_neither_limit_nor_clock():
    [point] = Choices(boards=("zcu102",)).points(**NETWORK)
    assert (point.wishes.max_cycles, point.frames_per_second(7)) == (None, None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"boards": ("zcu103",)}, "There is no board 'zcu103'"),
        ({"max_cycles": (0,)}, "Cycles per frame must be a positive integer, not 0"),
        ({"fps": (5.0,), "clock_mhz": -1.0}, "The clock must be positive, not -1 MHz"),
        ({"fps": (5.0,), "max_cycles": (5,)}, "not both"),
        ({"fps": (5.0,), "boards": ("kv260",)}, "kv260 has none, give --clock"),
        ({"max_latency": (Seconds(1.0),), "boards": ("kv260",)}, "kv260 has none, give --clock"),
    ],
)
def test_refusals(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        Choices(**{"boards": ("zcu102",)} | wrong)
