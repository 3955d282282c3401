"""Plans: the best of all, within the limit, the same every time."""

from itertools import pairwise, product

import pytest

from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.layers.max_pool import MaxPool
from shiftconv.gateware.width_adapter import WidthAdapter
from shiftconv.plan import Plan, PlanError, cheapest_folding, make_plan, space
from shiftconv.plan.areas import counted_area
from shiftconv.plan.counted import parts_area
from shiftconv.plan.resources import Prices
from shiftconv.stages import STAGES
from tests.gateware.layers import random_conv, random_dense
from tests.networks import (
    GRAPHS,
    classifier,
    fully_convolutional,
    network,
    random_graph,
    residual,
    sliced,
    vectors,
)

FMT = ActFormat(4, 0, signed=False)


def _weight(plan):
    """What a plan minimizes, to a thousandth."""
    return round(Prices().weigh(parts_area(plan)), 3)


def _options(nodes):
    """All the stages that each node may become."""
    return [
        [STAGES[node.layer.kind](node.name, node.layer, folding)
         for folding in STAGES[node.layer.kind].foldings(node.layer)]
        for node in nodes
    ]  # fmt: skip


def tiny(rng):
    """Three layers of few foldings."""
    return network(
        random_conv(
            rng, in_shape=(3, 3, 2), c_out=3, kernel=(2, 2), codebook=PowerOfTwo(2), fmt=FMT
        ),
        MaxPool(in_shape=(2, 2, 3), in_format=FMT, kernel=(2, 1)),
        random_dense(rng, in_shape=(1, 2, 3), c_out=2, codebook=PowerOfTwo(1), fmt=FMT),
    )


@pytest.mark.parametrize("build", [tiny, vectors])
def test_no_combination_is_cheaper(build, rng):
    net = build(rng)
    every = [Plan(net, stages) for stages in product(*_options(net.nodes))]
    plans = [(plan.cycles_per_frame, _weight(plan)) for plan in every]
    limits = {cycles for cycles, _ in plans}
    assert len(plans) > 200
    assert len(limits) > 3
    for limit in limits:
        cheapest = min(cost for cycles, cost in plans if cycles <= limit)
        plan = make_plan(net, max_cycles=limit)
        assert plan.cycles_per_frame <= limit
        assert _weight(plan) == cheapest
    assert _weight(make_plan(net)) == min(cost for _, cost in plans)


def test_cycles_are_those_of_the_slowest_part(rng):
    net = tiny(rng)
    conv, pool, dense = (options[0] for options in _options(net.nodes))
    assert (conv.out_par, pool.in_par, dense.in_par) == (1, 1, 1)
    assert Plan(net, (conv, pool, dense)).cycles_per_frame == conv.cycles == 2 * 2 * 24
    fast = [min(options, key=lambda stage: stage.cycles) for options in _options(net.nodes)]
    plan = Plan(net, tuple(fast))
    adapters = [
        after.layer.in_shape[0]
        * after.layer.in_shape[1]
        * WidthAdapter.cycles(after.layer.in_shape[2], before.out_par, after.in_par)
        for before, after in pairwise(fast)
        if before.out_par != after.in_par
    ]
    assert plan.cycles_per_frame == max(*(stage.cycles for stage in fast), *adapters, 0)


@pytest.mark.parametrize("build", [classifier, fully_convolutional])
@pytest.mark.parametrize("max_cycles", [None, 600, 144, 72])
def test_limit_holds_and_more_time_costs_no_more(build, max_cycles, rng):
    net = build(rng)
    plan = make_plan(net, max_cycles=max_cycles)
    assert [stage.name for stage in plan.stages] == [node.name for node in net.nodes]
    assert max_cycles is None or plan.cycles_per_frame <= max_cycles
    assert _weight(make_plan(net)) <= _weight(plan)


def test_same_plan_every_time(rng):
    net = classifier(rng)
    first, second = make_plan(net, max_cycles=200), make_plan(net, max_cycles=200)
    assert [s.folding for s in first.stages] == [s.folding for s in second.stages]
    assert first.rows() == second.rows()


def test_rows_tell_the_whole_plan(rng):
    net = classifier(rng)
    plan = make_plan(net, max_cycles=144)
    rows = plan.rows()
    assert [row["kind"] for row in rows] == ["conv2d", "max_pool", "conv2d", "dense"]
    assert sum(row["macs"] for row in rows) == net.macs
    assert sum(row["lanes"] for row in rows) == plan.lanes
    assert sum(row["memory_bits"] for row in rows) == plan.memory_bits
    assert max(row["cycles"] for row in rows) <= plan.cycles_per_frame
    assert plan.latency_cycles > net.in_shape[1]


def test_cheapest_folding_of_one_layer(rng):
    net = tiny(rng)
    for node, options in zip(net.nodes, _options(net.nodes), strict=True):
        for limit in {stage.cycles for stage in options}:
            fits = [stage for stage in options if stage.cycles <= limit]
            folding = cheapest_folding(node.layer, max_cycles=limit)
            chosen = next(stage for stage in fits if stage.folding == folding)
            weights = [Prices().weigh(counted_area(stage)) for stage in fits]
            assert Prices().weigh(counted_area(chosen)) == min(weights)


def test_too_fast_for_a_layer(rng):
    net = tiny(rng)
    with pytest.raises(PlanError) as failure:
        make_plan(net, max_cycles=8)
    assert str(failure.value) == (
        "conv2d0 needs at least 9 cycles per frame, but only 8 are allowed"
    )
    with pytest.raises(PlanError, match="The layer needs at least 9 cycles per frame"):
        cheapest_folding(net.nodes[0].layer, max_cycles=8)


@pytest.mark.parametrize("max_cycles", [0, -3])
def test_no_cycles_at_all(rng, max_cycles):
    with pytest.raises(PlanError, match=f"must be a positive integer, not {max_cycles}"):
        make_plan(tiny(rng), max_cycles=max_cycles)


def test_kind_without_hardware(rng, monkeypatch):
    monkeypatch.delitem(STAGES, "max_pool")
    with pytest.raises(PlanError, match="max_pool1 is a max_pool, which has no hardware"):
        make_plan(tiny(rng))


def slow_into(name):
    """Cycles of adapters of which those before one node are slow."""
    return lambda before, stage, slot: 1000 * (stage.name == name)


def test_stream_that_no_adapter_can_regroup_in_time(rng, monkeypatch):
    monkeypatch.setattr(space, "adapter_cycles", slow_into("max_pool1"))
    with pytest.raises(PlanError) as failure:
        make_plan(tiny(rng), max_cycles=500)
    assert str(failure.value) == (
        "The stream into max_pool1 can't be regrouped in 500 cycles per frame"
    )


@pytest.mark.parametrize("build", [*GRAPHS.values(), random_graph], ids=[*GRAPHS, "random"])
@pytest.mark.parametrize("max_cycles", [None, 600, 300])
def test_no_other_folding_of_one_layer_is_cheaper(build, max_cycles, rng):
    net = build(rng)
    plan = make_plan(net, max_cycles=max_cycles)
    limit = max_cycles or 10**9
    assert plan.cycles_per_frame <= limit
    assert [stage.name for stage in plan.stages] == [node.name for node in net.nodes]
    weight = _weight(plan)
    for n, options in enumerate(_options(net.nodes)):
        for stage in options:
            other = Plan(net, (*plan.stages[:n], stage, *plan.stages[n + 1 :]))
            assert other.cycles_per_frame > limit or _weight(other) >= weight


def test_faster_than_any_single_change_could_reach(rng):
    """From the cheapest stages on, two would have to change at once to be in time."""
    net = residual(rng, in_shape=(4, 4, 2), channels=3)
    assert make_plan(net, max_cycles=40).cycles_per_frame <= 40


def test_stream_of_a_graph_that_no_adapter_can_regroup_in_time(rng, monkeypatch):
    monkeypatch.setattr(space, "adapter_cycles", slow_into("a"))
    with pytest.raises(PlanError, match="The stream into a can't be regrouped in 500 cycles"):
        make_plan(residual(rng), max_cycles=500)


@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
def test_queues_stand_before_joins_and_count_as_memory(build, rng):
    net = build(rng)
    plan = make_plan(net, max_cycles=300)
    joins = {node.name: node.inputs for node in net.nodes if len(node.inputs) > 1}
    assert {(edge.source, edge.target) for edge in plan.queues} == {
        (source, target) for target, sources in joins.items() for source in sources
    }
    bits = 0
    for edge, depth in plan.queues.items():
        stage = plan.by_name[edge.target]
        _, fmt = stage.layer.inputs[edge.slot]
        bits += depth * (stage.in_par * fmt.width + 1)
        assert depth >= 4
    assert plan.memory_bits == sum(stage.memory_bits for stage in plan.stages) + bits
    assert bits > 0 or not joins


def test_the_shorter_branch_gets_the_longer_queue(rng):
    plan = make_plan(residual(rng), max_cycles=300)
    depths = {(edge.source, edge.target): depth for edge, depth in plan.queues.items()}
    assert depths["stem", "first"] > 3 * depths["b", "first"]
    assert depths["first", "second"] > 3 * depths["c", "second"]


@pytest.mark.parametrize(
    ("build", "waits"),
    [(build, name in ("projected", "u_net", "separable")) for name, build in GRAPHS.items()],
    ids=GRAPHS,
)
def test_whether_the_answer_begins_only_after_the_input(build, waits, rng):
    assert make_plan(build(rng), max_cycles=600).answers_after_input == waits


@pytest.mark.parametrize("build", [residual, sliced])
def test_same_plan_of_a_graph_every_time(build, rng):
    net = build(rng)
    first, second = make_plan(net, max_cycles=300), make_plan(net, max_cycles=300)
    assert first.rows() == second.rows()
    assert first.queues == second.queues
