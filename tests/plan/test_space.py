"""Spaces of candidates: all that a plan may be, and nothing that it can't."""

from shiftconv.plan.candidates import Wanted
from shiftconv.plan.space import Space
from shiftconv.target import Target
from tests.plan.every_plan import SMALL, every_plan


def test_the_input_is_as_wide_as_who_takes_it_first(rng):
    space = Space(SMALL["residual"](rng), Wanted())
    first, second = (stream.pairs for stream in space.streams if stream.source == 0)
    assert (first[:, 0] == first[:, 1]).all()
    assert not (second[:, 0] == second[:, 1]).all()


def test_rates_are_those_of_plans(rng):
    network, target = SMALL["concatenated"](rng), Target()
    cycles = {plan.cycles for plan in every_plan(network, target)}
    rates = Space(network, Wanted(target=target)).rates.tolist()
    assert rates == sorted(set(rates))
    assert cycles <= set(rates)
    assert rates[0] == min(cycles)
