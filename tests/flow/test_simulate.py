"""Whole designs through both engines."""

import numpy as np
import pytest

from quant import zoo
from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.layers.conv2d import Conv2d
from quant.network import Network, Node
from shiftconv.flow.beats import pack_frames
from shiftconv.flow.compiled import CompiledModel
from shiftconv.flow.generate import generate_network
from shiftconv.flow.simulate import simulate_network
from shiftconv.plan import make_plan


def test_the_published_engine_keeps_its_array_busy(rng, tmp_path):
    """3x3, 32x32x16 to 32, exponent width 2: 144 lanes, 32,768 cycles a frame, no idle one."""
    codebook, act = PowerOfTwo(2), ActFormat(8, 0, signed=False)
    conv = Conv2d(
        in_shape=(32, 32, 16),
        in_format=act,
        out_format=act,
        codebook=codebook,
        levels=rng.choice(codebook.levels, (3, 3, 16, 32)),
        bias=rng.integers(-999, 999, 32),
        shift=rng.integers(3, 8, 32),
        padding=(1, 1, 1, 1),
    )
    plan = make_plan(Network("engine", (Node("conv", conv),)), max_cycles=32_768)
    manifest = generate_network(plan, tmp_path / "engine")
    images = rng.integers(0, 256, (4, 32, 32, 16)).astype(np.uint8)
    found = simulate_network(tmp_path / "engine", manifest, images)
    assert plan.lanes == 144
    assert found.mismatched_values == 0
    assert found.values == 4 * 32 * 32 * 32
    assert found.cycles_per_frame == 32_768 == conv.macs / 144


@pytest.fixture(scope="module")
def lenet5(tmp_path_factory):
    """LeNet-5 at 2,000 cycles a frame: folder, manifest, plan."""
    folder = tmp_path_factory.mktemp("design") / "lenet5"
    plan = make_plan(zoo.load_quantized("lenet5", bits=3), max_cycles=2000)
    return folder, generate_network(plan, folder), plan


@pytest.mark.parametrize("stall", [0, 0.4])
def test_every_logit_of_every_digit(lenet5, stall):
    folder, manifest, plan = lenet5
    samples = zoo.load_samples("lenet5")
    found = simulate_network(folder, manifest, samples.images, samples.labels, stall=stall)
    assert found.values == 10 * len(samples.images)
    assert found.mismatched_values == 0
    assert found.top1 > 0.98
    if not stall:
        assert found.cycles_per_frame == plan.cycles_per_frame <= 2000


def test_latency_is_near_the_plan(lenet5):
    folder, manifest, plan = lenet5
    found = simulate_network(folder, manifest, zoo.load_samples("lenet5").images[:1])
    assert found.latency_cycles == pytest.approx(plan.latency_cycles, rel=0.02)


@pytest.mark.parametrize("wrong_length", [1, 783, 785, 1500])
def test_frames_of_the_wrong_length_are_dropped(lenet5, wrong_length):
    folder, manifest, _ = lenet5
    model = CompiledModel.build(
        manifest.verilog(folder),
        top=manifest.name,
        in_bytes=manifest.tdata_bytes("s_axis"),
        out_bytes=manifest.tdata_bytes("m_axis"),
        work=folder / "simulate",
    )
    images = zoo.load_samples("lenet5").images[:3].astype(np.int64)
    beats, last = pack_frames(images, manifest.ports["s_axis"][0])
    wrong = np.resize(beats, (wrong_length, 1))
    ends = np.arange(wrong_length) == wrong_length - 1
    stream = [beats[:784], wrong, beats[784:1568], wrong, beats[1568:]]
    marks = [last[:784], ends, last[784:1568], ends, last[1568:]]
    alone = model.run(beats, last, expect_beats=30)
    mixed = model.run(
        np.concatenate(stream), np.concatenate(marks), expect_beats=30, drain_cycles=9000
    )
    assert (mixed.beats == alone.beats).all()
    assert (mixed.last == alone.last).all()
    assert mixed.frame_errors == 2
