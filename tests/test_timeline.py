"""Timelines: the static schedule is the hardware's, to the cycle."""

import numpy as np
import pytest
from amaranth.hdl import Module, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from quant.fixed_point import ActFormat
from quant.layers.add import Add
from quant.layers.look_up import LookUp
from quant.network import INPUT, Network, Node
from shiftconv.accelerator import Dataflow
from shiftconv.gateware.beat import act_shape, beat_layout
from shiftconv.gateware.beat_times import in_turn
from shiftconv.gateware.stream_buffer import StreamBuffer
from shiftconv.gateware.stream_queue import MIN_DEPTH, StreamQueue
from shiftconv.gateware.width_adapter import WidthAdapter
from shiftconv.plan import make_plan
from shiftconv.stages import STAGES
from shiftconv.timeline import Timeline, written_before
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
    return Timeline(network, stages, **options)


def test_the_input_comes_at_once_or_evenly():
    assert _timeline(_tables(1)).departures[INPUT].tolist() == list(range(24))
    assert _timeline(_tables(1), par=2).departures[INPUT].tolist() == list(range(12))
    even = _timeline(_tables(1), period=240)
    assert even.departures[INPUT].tolist() == list(range(0, 240, 10))


def test_each_stage_adds_its_latency_and_a_register():
    """A table takes one cycle, and a sum two behind a queue of two."""
    timeline = _timeline(_tables(4))
    assert timeline.departures["t3"].tolist() == list(range(8, 32))
    assert timeline.departures["total"].tolist() == list(range(13, 37))
    assert timeline.latency == 37


@pytest.mark.parametrize("n", [1, 3, 10, 60])
def test_what_waits_is_what_comes_until_the_slowest_branch_does(n):
    """One beat a cycle, two cycles of delay for each table; with sixty of them, five frames."""
    timeline = _timeline(_tables(n), period=24)
    # Three cycles are the buffer's and the queue's own.
    assert timeline.depth("total", 1) == 3 + 2 * n
    assert timeline.depth("total", 0) == 3


@pytest.mark.parametrize(("period", "depth"), [(24, 9), (48, 4), (240, 0)])
def test_a_slower_input_leaves_less_to_wait(period, depth):
    assert _timeline(_tables(3), period=period).depth("total", 1) == depth


@pytest.mark.parametrize(
    ("channels", "before", "after", "written"),
    [
        (2, 1, 1, [-1, 0, 1, 2]),
        # Two in the buffer, one in the adapter: its last part leaves as the third is taken.
        (4, 4, 1, [-8, -4, 0, 4]),
        (5, 3, 1, [-5, -2, 0, 3]),
        (4, 1, 4, [-1, -1, 0, 0, 0, 0, 1]),
        (3, 1, 2, [-2, -1, 0, 0, 1, 2]),
        (6, 2, 3, [-2, -1, -1, 0, 1]),
    ],
)
def test_what_must_have_been_written(channels, before, after, written):
    assert written_before(len(written), channels, before, after).tolist() == written


def _run(plan, times, per_frame, n_outputs):
    """Cycles in which beats leave, given when they are offered, and how long any of these waits."""
    dataflow = Dataflow(plan)
    simulator = Simulator(dataflow)
    simulator.add_clock(1e-8)
    leaves, late = [], []

    async def source(ctx):
        cycle = 0
        for n, time in enumerate(times):
            ctx.set(dataflow.i.valid, 0)
            while cycle < time:
                await ctx.tick()
                cycle += 1
            ctx.set(dataflow.i.valid, 1)
            ctx.set(dataflow.i.p.last, (n + 1) % per_frame == 0)
            ready = 0
            while not ready:
                _, _, ready = await ctx.tick().sample(dataflow.i.ready)
                cycle += 1
            late.append(cycle - 1 - time)
        ctx.set(dataflow.i.valid, 0)

    async def sink(ctx):
        ctx.set(dataflow.o.ready, 1)
        cycle = 0
        while len(leaves) < n_outputs:
            _, _, valid, _ = await ctx.tick().sample(dataflow.o.valid, Value.cast(dataflow.o.p))
            leaves.extend([cycle] * valid)
            cycle += 1
            assert cycle < 2 * times[-1] + 10_000

    simulator.add_testbench(source, background=True)
    simulator.add_testbench(sink)
    simulator.run()
    return leaves, max(late)


@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
def test_hardware_keeps_the_schedule(build, rng):
    """Frames come in evenly; the third one leaves when it shall, and nothing ever waits."""
    plan = make_plan(build(rng), max_cycles=250)
    period = plan.cycles_per_frame
    timeline = Timeline(plan.network, plan.by_name, period=period)
    frames = np.arange(3)[:, np.newaxis] * period
    times = (timeline.departures[INPUT] + frames + 5).ravel().tolist()
    shall = timeline.departures[plan.network.nodes[-1].name] + 5 + 2 * period
    leaves, late = _run(plan, times, len(times) // 3, 3 * len(shall))
    # What leaves before the verdict waits for it at the gate.
    verdict = times[-1] + 2
    shall = in_turn(np.maximum(shall + (2 if plan.room_depth else 1), verdict)[np.newaxis])[0]
    assert leaves[-len(shall) :] == shall.tolist()
    assert late == 0


class _Lead(wiring.Component):
    """What stands between a source and one input of a join."""

    def __init__(self, shape, channels, before, after, depth):
        self.adapter = {"shape": shape, "channels": channels, "in_par": before, "out_par": after}
        self.depth = depth
        super().__init__(
            {
                "i": In(stream.Signature(beat_layout(shape, before))),
                "o": Out(stream.Signature(beat_layout(shape, after))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.buffer = buffer = StreamBuffer(shape=self.i.p.shape())
        m.submodules.adapter = adapter = WidthAdapter(**self.adapter)
        m.submodules.queue = queue = StreamQueue(shape=self.o.p.shape(), depth=self.depth)
        wiring.connect(m, wiring.flipped(self.i), buffer.i)
        wiring.connect(m, buffer.o, adapter.i)
        wiring.connect(m, adapter.o, queue.i)
        wiring.connect(m, queue.o, wiring.flipped(self.o))
        return m


def _waits(lead, offered, taken):
    """Cycles in which beats are let in that are offered and taken at certain times."""
    simulator = Simulator(lead)
    simulator.add_clock(1e-8)
    accepted, late = [], []

    async def source(ctx):
        cycle = 0
        for time in offered:
            ctx.set(lead.i.valid, 0)
            while cycle < time:
                await ctx.tick()
                cycle += 1
            ctx.set(lead.i.valid, 1)
            ready = 0
            while not ready:
                _, _, ready = await ctx.tick().sample(lead.i.ready)
                cycle += 1
            accepted.append(cycle - 1)
        ctx.set(lead.i.valid, 0)

    async def sink(ctx):
        cycle = 0
        for time in taken:
            ctx.set(lead.o.ready, 0)
            while cycle < time:
                await ctx.tick()
                cycle += 1
            ctx.set(lead.o.ready, 1)
            valid = 0
            while not valid:
                _, _, valid = await ctx.tick().sample(lead.o.valid)
                cycle += 1
            late.append(cycle - 1 - time)

    simulator.add_testbench(source, background=True)
    simulator.add_testbench(sink)
    simulator.run()
    return np.array(accepted), max(late)


@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
def test_depths_hold_nobody_up_and_one_less_would(build, rng):
    """The real queue, its beats coming and going as scheduled."""
    plan = make_plan(build(rng), max_cycles=120)
    period = plan.cycles_per_frame
    timeline = Timeline(plan.network, plan.by_name, period=period)
    for edge, depth in plan.queues.items():
        stage = plan.by_name[edge.target]
        (_, _, channels), fmt = stage.layer.inputs[edge.slot]
        par = plan.source_par(edge)
        leaves, takes, latest = (
            timeline.departures[edge.source],
            timeline.takes[edge.target, edge.slot],
            timeline.latest(edge.source),
        )
        n_under_way = 1 + max(0, takes[-1] - leaves[0]) // period
        frames = np.arange(1 + n_under_way)[:, np.newaxis] * period
        leaves, takes, latest = ((times + frames).ravel() for times in (leaves, takes, latest))
        needed = timeline.depth(edge.target, edge.slot)
        assert depth == max(needed, MIN_DEPTH)
        lead = _Lead(act_shape(fmt), channels, par, stage.in_par, depth)
        accepted, late = _waits(lead, leaves, takes)
        # Before a narrower stream a burst waits for the adapter, whatever the queue behind it.
        assert (accepted <= latest).all() or par > stage.in_par
        assert late == 0
        if needed > MIN_DEPTH:
            accepted, _ = _waits(
                _Lead(act_shape(fmt), channels, par, stage.in_par, depth - 1), leaves, takes
            )
            assert (accepted > latest).any()


@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
def test_latency_of_a_lone_frame(build, rng):
    plan = make_plan(build(rng), max_cycles=250)
    timeline = Timeline(plan.network, plan.by_name)
    n_in, n_out = (len(timeline.departures[n]) for n in (INPUT, plan.network.nodes[-1].name))
    leaves, _ = _run(plan, list(range(n_in)), n_in, n_out)
    assert plan.latency_cycles == leaves[-1] + 1
