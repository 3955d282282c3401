"""Whole accelerators: golden frames at the planned rate, wrong frames dropped."""

import re

import numpy as np
import pytest
from amaranth.back import rtlil

from quant.network import Network, Node
from shiftconv.accelerator import Accelerator, Dataflow
from shiftconv.flow.simulation.stream_simulation import StreamError, simulate_streams
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.folding import ConvFolding
from shiftconv.gateware.stream_queue import MIN_DEPTH
from shiftconv.plan import Plan, make_plan
from shiftconv.stages import STAGES
from tests.gateware.images import beats_to_images, images_to_beats
from tests.gateware.layers import check_component, random_frames
from tests.networks import (
    GRAPHS,
    beside,
    classifier,
    fully_convolutional,
    nested,
    random_graph,
    residual,
    shortcut,
    sliced,
    u_net,
    vectors,
)

NETWORKS = {"classifier": classifier, "fully_convolutional": fully_convolutional}


@pytest.fixture(params=NETWORKS.values(), ids=NETWORKS)
def network(request, rng):
    return request.param(rng)


@pytest.mark.parametrize("max_cycles", [None, 300, 100, 56, 48])
def test_golden_frames_at_the_planned_rate(network, max_cycles, rng):
    plan = make_plan(network, max_cycles=max_cycles)
    check_component(Dataflow(plan), network, plan.cycles_per_frame, rng=rng, stall=0.0, n_frames=6)


@pytest.mark.parametrize("max_cycles", [300, 48])
def test_golden_frames_under_stalls(network, max_cycles, rng):
    plan = make_plan(network, max_cycles=max_cycles)
    check_component(Dataflow(plan), network, plan.cycles_per_frame, rng=rng, stall=0.5, n_frames=4)


@pytest.mark.parametrize("max_cycles", [1, 2, 3])
def test_frames_much_shorter_than_the_latency(max_cycles, rng):
    plan = make_plan(vectors(rng), max_cycles=max_cycles)
    period = plan.cycles_per_frame
    assert period <= max_cycles < plan.latency_cycles
    check_component(Dataflow(plan), plan.network, period, rng=rng, stall=0.0, n_frames=80)


@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
@pytest.mark.parametrize("max_cycles", [250, 150])
def test_graphs_at_the_planned_rate(build, max_cycles, rng):
    plan = make_plan(build(rng), max_cycles=max_cycles)
    cycles = plan.cycles_per_frame
    check_component(Dataflow(plan), plan.network, cycles, rng=rng, stall=0.0, n_frames=4)


@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
def test_graphs_under_stalls(build, rng):
    plan = make_plan(build(rng), max_cycles=250)
    check_component(Dataflow(plan), plan.network, 0, rng=rng, stall=0.5)


@pytest.mark.parametrize("seed", range(10))
def test_any_graph_at_the_planned_rate(seed):
    rng = np.random.default_rng(seed)
    network = random_graph(rng, n_nodes=3 + seed % 4)
    height, width, _ = network.in_shape
    plan = make_plan(network, max_cycles=height * width * [24, 16][seed % 2])
    cycles, stall = plan.cycles_per_frame, 0.5 * (seed % 4 == 3)
    check_component(Dataflow(plan), network, cycles, rng=rng, stall=stall, n_frames=8)


def _cycles_with(plan, queues, rng):
    """Most cycles per frame that a plan's stages reach with other queues in steady state."""
    changed = Plan(plan.network, plan.stages)
    vars(changed)["queues"] = queues
    dataflow = Dataflow(changed)
    # Short frames are many under way at once, and it takes as many until all is steady.
    network, n_frames = plan.network, 20 if plan.cycles_per_frame < 50 else 6
    frames = random_frames(rng, n_frames, network.in_shape, network.in_format)
    height, width, channels = network.out_shape
    per_frame = height * width * n_beats(channels, dataflow.out_par)
    beats = images_to_beats(frames, network.in_format.width, dataflow.in_par)
    recording = simulate_streams(dataflow, {"i": beats}, n_frames * per_frame, watchdog=2000)
    return int(np.diff(recording.cycles[per_frame - 1 :: per_frame])[n_frames // 2 :].max())


@pytest.mark.parametrize(
    ("build", "max_cycles", "join"),
    [
        (shortcut, 16, ("stem", "total")),
        (shortcut, 144, ("stem", "total")),
        (nested, 16, ("a", "inner")),
        (nested, 16, ("stem", "outer")),
        (nested, 144, ("stem", "outer")),
        (beside, 144, ("stem", "all")),
    ],
)
def test_one_beat_less_in_a_queue_costs_cycles(build, max_cycles, join, rng):
    """All stages take as long, so that what is lost once is lost for good."""
    plan = make_plan(build(rng), max_cycles=max_cycles)
    cycles, queues = plan.cycles_per_frame, plan.queues
    assert cycles == max_cycles
    edge = next(edge for edge in queues if (edge.source, edge.target) == join)
    assert _cycles_with(plan, queues, rng) == cycles
    assert _cycles_with(plan, {**queues, edge: queues[edge] - 1}, rng) > cycles


def test_much_less_blocks_the_branches(rng):
    """The longer branch needs two rows, which the queue of the shorter one can't hold."""
    plan = make_plan(shortcut(rng), max_cycles=144)
    shallow = dict.fromkeys(plan.queues, MIN_DEPTH)
    with pytest.raises(StreamError, match="nothing came out for 2000 cycles after 0 of"):
        _cycles_with(plan, shallow, rng)


def test_queues_are_built_as_planned(rng):
    plan = make_plan(u_net(rng), max_cycles=200)
    text = rtlil.convert(Dataflow(plan), name="dataflow")
    for edge, depth in plan.queues.items():
        # The first in, first out memory, and the register at its output.
        module = re.search(rf"module \\dataflow\.queue_{edge.place}\n.*?^end$", text, re.S | re.M)
        width, size = re.search(r"memory width (\d+) size (\d+)", module[0]).groups()
        stage = plan.by_name[edge.target]
        assert int(width) == stage.in_par * stage.layer.inputs[edge.slot][1].width + 1
        assert int(size) + 1 == depth


# How many beats too many (or too few), and whether the mark is missing, frame by frame.
WRONG = {
    "short": [0, -1, 0],
    "one beat": [0, -1000, -1000, 0],
    "long": [0, 1, 0],
    "much too long": [0, 150, 0],
    "first": [-2, 3, 0],
    "many": [-1, -1, 0, 2, 2, -1, 0, -3, 60, 0],
    "no mark": [0, None, 0, 0],
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize(("max_cycles", "stall"), [(300, 0.0), (48, 0.5)])
def test_wrong_frames_are_dropped(network, wrong, max_cycles, stall, rng):
    _check_wrong_frames(network, wrong, max_cycles, stall, rng)


@pytest.mark.parametrize("build", GRAPHS.values(), ids=GRAPHS)
@pytest.mark.parametrize(("wrong", "stall"), [("first", 0.0), ("no mark", 0.5)])
def test_wrong_frames_are_dropped_before_a_fork(build, wrong, stall, rng):
    """Also by graphs whose output begins before their input ends, on some branch or on all."""
    _check_wrong_frames(build(rng), WRONG[wrong], 200, stall, rng)


@pytest.mark.parametrize("build", [residual, sliced])
def test_many_wrong_frames_before_a_fork(build, rng):
    _check_wrong_frames(build(rng), WRONG["many"], 100, 0.0, rng)


def _check_wrong_frames(network, wrong, max_cycles, stall, rng):
    plan = make_plan(network, max_cycles=max_cycles)
    dataflow = Dataflow(plan)
    fmt, out_format = network.in_format, network.out_format
    frames = random_frames(rng, len(wrong), network.in_shape, fmt)
    mark = 1 << dataflow.in_par * fmt.width
    beats, good = [], []
    for n, (frame, surplus) in enumerate(zip(frames, wrong, strict=True)):
        whole = images_to_beats(frame[None], fmt.width, dataflow.in_par)
        if surplus is None:
            beats += [bits & ~mark for bits in whole]
            continue
        if surplus == 0 and (n == 0 or wrong[n - 1] is not None):
            good.append(n)
        length = max(1, len(whole) + surplus)
        bits = [bits & ~mark for bits in whole * (length // len(whole) + 1)][:length]
        beats += [*bits[:-1], bits[-1] | mark]
    out_height, out_width, c_out = network.out_shape
    per_frame = out_height * out_width * n_beats(c_out, dataflow.out_par)
    recording = simulate_streams(
        dataflow,
        {"i": beats},
        len(good) * per_frame,
        stall=stall,
        rng=rng,
        watchdog=3000,
        flag="frame_error",
    )
    found = beats_to_images(
        recording.payloads,
        network.out_shape,
        out_format.width,
        dataflow.out_par,
        signed=out_format.signed,
    )
    assert np.array_equal(found, network.infer(frames[good]))
    # A frame without a mark and the one after it are one wrong frame.
    assert recording.flags == len(wrong) - len(good) - wrong.count(None)


def test_idle_lanes_of_the_input_do_not_matter(rng):
    """Three channels, two a beat: whatever the fourth carries, it is no channel."""
    node = fully_convolutional(rng).nodes[2]
    stage = STAGES["conv2d"](node.name, node.layer, ConvFolding(mode="pixel", in_par=2, out_par=2))
    plan = Plan(Network("tail", (Node(node.name, node.layer),)), (stage,))
    frames = random_frames(rng, 2, node.layer.in_shape, node.layer.in_format)
    filled = np.pad(frames, ((0, 0),) * 3 + ((0, 1),), constant_values=-7)
    recording = simulate_streams(
        Dataflow(plan), {"i": images_to_beats(filled, 5, 2)}, 2 * 14 * 3 * 2
    )
    found = beats_to_images(recording.payloads, node.layer.out_shape, 8, 1, signed=True)
    assert np.array_equal(found, node.layer.reference(frames))


def test_ports(rng):
    accelerator = Accelerator(make_plan(classifier(rng)))
    names = {name for name, _ in accelerator.signature.members.items()}
    channel = {"tvalid", "tready", "tdata", "tlast"}
    assert names == {f"{side}_axis_{n}" for side in "sm" for n in channel} | {"frame_error"}


@pytest.mark.parametrize("build", [classifier, u_net])
def test_same_plan_same_text(build):
    texts = set()
    for _ in range(2):
        plan = make_plan(build(np.random.default_rng(5)), max_cycles=250)
        texts.add(rtlil.convert(Accelerator(plan), name="accelerator"))
    assert len(texts) == 1
