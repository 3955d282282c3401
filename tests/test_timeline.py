"""Timelines: when rows are where, and how much waits at a join."""

import numpy as np
import pytest

from quant.fixed_point import ActFormat
from quant.layers.add import Add
from quant.layers.look_up import LookUp
from quant.network import INPUT, Network, Node
from shiftconv.accelerator import Dataflow
from shiftconv.flow.simulation.stream_simulation import simulate_streams
from shiftconv.gateware.beat import n_beats
from shiftconv.plan import make_plan
from shiftconv.stages import STAGES
from shiftconv.timeline import SLACK, RowTime, Timeline
from tests.gateware.images import images_to_beats
from tests.gateware.layers import random_frames
from tests.networks import GRAPHS

FMT = ActFormat(3, 0, signed=False)
SHAPE = (3, 4, 2)


def _tables(n):
    """An input, and the same through ``n`` tables of one cycle each, added."""
    table = LookUp(
        in_shape=SHAPE, in_format=FMT, table=np.arange(8), function="identity", out_format=FMT
    )
    total = Add(in_shape=SHAPE, in_format=FMT, others=((SHAPE, FMT),), out_format=FMT)
    sources = [INPUT, *(f"t{k}" for k in range(n))]
    nodes = [Node(name, table, (sources[k],)) for k, name in enumerate(sources[1:])]
    return Network("tables", (*nodes, Node("total", total, (sources[-1], INPUT))))


def _timeline(network, par=1, **options):
    stages = {}
    for node in network.nodes:
        stage = STAGES[node.layer.kind]
        folding = next(f for f in stage.foldings(node.layer) if f.par == par)
        stages[node.name] = stage(node.name, node.layer, folding)
    return Timeline(network, stages, lambda *_: 0, **options)


def test_rows_of_the_input_come_at_once_or_evenly():
    assert _timeline(_tables(1)).rows[INPUT] == [RowTime(0, 7), RowTime(8, 15), RowTime(16, 23)]
    assert _timeline(_tables(1), par=2).rows[INPUT][-1] == RowTime(8, 11)
    even = _timeline(_tables(1), input_cycles=300)
    assert even.rows[INPUT] == [RowTime(0, 99), RowTime(100, 199), RowTime(200, 299)]
    assert _timeline(_tables(1), input_cycles=5).rows[INPUT][-1].last == 23


def test_each_stage_adds_its_latency_and_a_register():
    """A table takes one cycle and a sum two."""
    timeline = _timeline(_tables(4))
    assert timeline.rows["t3"][0] == RowTime(8, 15)
    assert timeline.rows["total"][0] == RowTime(8 + 3, 15 + 3)
    assert timeline.latency == 16 + 15 + 3 + 1


@pytest.mark.parametrize("n", [1, 3, 10, 60])
def test_what_waits_is_what_comes_until_the_slowest_branch_does(n):
    """One beat a cycle, two cycles of delay for each table; with sixty of them, five frames."""
    timeline = _timeline(_tables(n))
    direct, delayed = (timeline.waiting("total", slot, 24) for slot in (1, 0))
    assert direct == SLACK + 1 + 2 * n
    assert delayed == SLACK + 1


def test_what_waits_does_not_pile_up_over_frames():
    timeline = _timeline(_tables(3))
    assert {timeline.waiting("total", 1, cycles) for cycles in (24, 30, 1000)} == {SLACK + 7}


@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
def test_latency_is_close_and_rather_early(build, rng):
    network = build(rng)
    plan = make_plan(network, max_cycles=250)
    dataflow = Dataflow(plan)
    frame = random_frames(rng, 1, network.in_shape, network.in_format)
    height, width, channels = network.out_shape
    recording = simulate_streams(
        dataflow,
        {"i": images_to_beats(frame, network.in_format.width, dataflow.in_par)},
        height * width * n_beats(channels, dataflow.out_par),
    )
    measured = recording.cycles[-1] - recording.first_input + 1
    assert 0.9 * measured <= plan.latency_cycles <= measured + 4
