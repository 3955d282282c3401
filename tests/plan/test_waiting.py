"""Bounds of queues: never more than a plan's, and most of it where a branch comes straight."""

import pytest

from quant.layers.add import Add
from quant.network import INPUT
from shiftconv.gateware.stream_queue import MIN_DEPTH
from shiftconv.plan import make_plan
from shiftconv.plan.waiting import least_depth, rows_ahead
from tests.networks import GRAPHS, Graph, random_graph, residual
from tests.plan.test_latency import random_plan


def bounds(plan):
    """Of each queue of a plan, what it is at least and what it is."""
    for edge, depth in plan.queues.items():
        ahead = rows_ahead(plan.network, plan.by_name, edge)
        stage = plan.by_name[edge.target]
        shape, _ = stage.layer.inputs[edge.slot]
        yield edge, least_depth(ahead, shape, plan.source_par(edge), stage.in_par), depth


@pytest.mark.parametrize("build", [*GRAPHS.values(), random_graph], ids=[*GRAPHS, "random"])
def test_no_plan_has_less(build, rng):
    network = build(rng)
    for _ in range(30):
        for _, least, depth in bounds(random_plan(network, rng)):
            assert max(least, MIN_DEPTH) <= depth


def test_most_of_what_waits_is_known(rng):
    """Two rows and more are there before a window of three rows has been summed."""
    network = residual(rng, in_shape=(8, 8, 2), channels=2, side=3)
    shares = [
        least / depth
        for _ in range(10)
        for edge, least, depth in bounds(random_plan(network, rng))
        if (edge.source, edge.target) == ("stem", "first")
    ]
    assert min(shares) > 0.3
    assert max(shares) > 0.7


def test_nothing_waits_for_a_branch_that_gives_a_row_as_it_comes(rng):
    graph = Graph(rng, (4, 6, 2))
    graph.conv("stem", INPUT, 2, 3)
    graph.table("table", "stem")
    graph.join("sum", Add, "table", "stem")
    plan = make_plan(graph.network("small"))
    straight = next(edge for edge in plan.queues if edge.source == "stem")
    assert rows_ahead(plan.network, plan.by_name, straight) == 0
