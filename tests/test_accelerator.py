"""Whole accelerators: golden frames at the planned rate, wrong frames dropped."""

import numpy as np
import pytest
from amaranth.back import rtlil

from quant.network import Network, Node
from shiftconv.accelerator import Accelerator, Dataflow
from shiftconv.flow.stream_simulation import simulate_streams
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.folding import ConvFolding
from shiftconv.plan import Plan, make_plan
from shiftconv.stages import STAGES
from tests.gateware.images import beats_to_images, images_to_beats
from tests.gateware.layers import check_component, random_frames
from tests.networks import classifier, fully_convolutional, vectors

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
    assert plan.cycles_per_frame == max_cycles
    check_component(Dataflow(plan), plan.network, max_cycles, rng=rng, stall=0.0, n_frames=80)


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


def test_same_plan_same_text():
    texts = set()
    for _ in range(2):
        plan = make_plan(classifier(np.random.default_rng(5)), max_cycles=100)
        texts.add(rtlil.convert(Accelerator(plan), name="accelerator"))
    assert len(texts) == 1
