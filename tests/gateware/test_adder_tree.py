"""The adder tree against a sum, its enable included."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from shiftconv.gateware.adder_tree import AdderTree
from tests.gateware.combinational import evaluate
from tests.gateware.images import payload_bits


@pytest.mark.parametrize("n_terms", [2, 3, 4, 5, 7, 16])
def test_sum_with_ones(n_terms, rng):
    tree = AdderTree(n_terms=n_terms, term_width=4)
    terms = rng.choice([-8, -1, 0, 7], (60, n_terms))
    ones = rng.integers(0, 2, (60, n_terms))
    terms[:2], ones[:2] = [[-8], [7]], [[0], [1]]
    moves, found = rng.random(60) < 0.7, []

    async def bench(ctx):
        for term, one, moving in zip(terms, ones, moves, strict=True):
            ctx.set(tree.terms.as_value(), payload_bits(term, 4))
            ctx.set(tree.ones, payload_bits(one, 1))
            ctx.set(tree.en, int(moving))
            found.append(ctx.get(tree.total) + ctx.get(tree.one))
            await ctx.tick()

    simulator = Simulator(tree)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    taken = (terms + ones).sum(axis=1)[moves]
    for cycle, value in enumerate(found):
        n_moved = int(np.count_nonzero(moves[:cycle]))
        if n_moved >= tree.latency:
            assert value == taken[n_moved - tree.latency]


def test_one_term_is_wires():
    tree = AdderTree(n_terms=1, term_width=4)
    points = [{"terms": bits, "ones": one} for bits in range(16) for one in (0, 1)]
    golden = [((bits + 8) % 16 - 8, one) for bits in range(16) for one in (0, 1)]
    assert tree.latency == 0
    assert evaluate(tree, points, ["total", "one"]) == golden


def test_wrong_arguments():
    with pytest.raises(ValueError, match="Number of terms must be a positive integer, not 0"):
        AdderTree(n_terms=0, term_width=4)
