"""Wishes in a board's terms."""

import pytest

from boards import find_board
from shiftconv.plan import Budget, Goal, Prices
from shiftconv.wishes import Seconds, Share, Wishes

ZCU102 = find_board("zcu102")


def test_a_rate_and_a_time_become_cycles():
    wishes = Wishes(fps=20_000, max_latency=Seconds(50e-6))
    goal = wishes.goal_on(ZCU102)
    assert (goal.max_cycles, goal.max_latency, goal.fastest) == (6250, 6250, False)
    assert Wishes(fps=30, clock_mhz=100).goal_on(None) == Goal(max_cycles=3_333_333)
    # 5,000 cycles, though a product of floats falls short of it.
    assert Wishes(fps=20_000, clock_mhz=100).goal_on(None).max_cycles == 5000


def test_a_board_is_the_limit_and_shares_are_of_it():
    there = ZCU102.resources
    whole = Budget(lut=there.lut, ff=there.ff, bram=there.bram, big_ram=there.big_ram)
    assert Wishes().goal_on(ZCU102) == Goal(budget=whole)
    wishes = Wishes(limits={"lut": Share(0.0011), "bram": 100.5})
    goal = wishes.goal_on(ZCU102)
    # Of 274,080; nobody has a part of a LUT.
    assert goal.budget.lut == 301
    assert (goal.budget.bram, goal.budget.ff) == (100.5, there.ff)
    assert goal.fastest
    assert not Wishes(limits={"lut": Share(0.6)}, max_cycles=9).goal_on(ZCU102).fastest
    assert Wishes(limits={"lut": 9.0}).goal_on(None).budget == Budget(lut=9.0)
    # No wish makes a board larger.
    for more in (1e9, Share(1.5)):
        assert Wishes(limits={"lut": more}).goal_on(ZCU102).budget == whole


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Share(0.6), "60%"),
        (Share(0.0025), "0.25%"),
        (Seconds(2), "2s"),
        (Seconds(1.5e-3), "1.5ms"),
        (Seconds(50e-6), "50us"),
        (Seconds(2e-11), "0.02ns"),
    ],
)
def test_quantities_as_a_user_writes_them(quantity, text):
    assert str(quantity) == text


def test_a_block_memory_is_worth_its_share_of_the_luts():
    assert Wishes().prices_on(None) == Prices()
    there = ZCU102.resources
    assert Wishes().prices_on(ZCU102).bram == there.lut / there.bram


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"fps": 3, "max_cycles": 5}, "Give --fps or --max-cycles, not both"),
        ({"fps": 0}, "Frames per second must be positive, not 0"),
        ({"clock_mhz": -1.0}, "The clock must be positive, not -1 MHz"),
    ],
)
def test_wishes_that_contradict_each_other(wishes, message):
    with pytest.raises(ValueError, match=message):
        Wishes(**wishes)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"fps": 3}, "Frames per second needs a clock: give --clock in MHz"),
        ({"max_latency": Seconds(1e-3)}, "A latency in seconds needs a clock"),
        ({"limits": {"lut": Share(0.5)}}, "A percentage is one of a board's resources"),
    ],
)
def test_wishes_of_nothing(wishes, message):
    with pytest.raises(ValueError, match=message):
        Wishes(**wishes).goal_on(None)


def test_a_board_without_a_clock():
    with pytest.raises(ValueError, match="needs a clock: kv260 has none, give --clock in MHz"):
        Wishes(fps=3).goal_on(find_board("kv260"))
