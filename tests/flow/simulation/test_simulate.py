"""Whole designs through both engines."""

import subprocess
import sys
import time
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from boards import FAMILIES
from quant import zoo
from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from quant.layers.conv2d import Conv2d
from quant.network import Network, Node
from shiftconv.flow.beats import pack_frames
from shiftconv.flow.generate import generate_network
from shiftconv.flow.simulation.compiled import CompiledModel
from shiftconv.flow.simulation.simulate import simulate_network
from shiftconv.flow.simulation.traffic import Traffic
from shiftconv.plan import make_plan
from shiftconv.target import Target
from tests.cli.networks import small_network


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


@pytest.mark.parametrize("family", FAMILIES)
def test_cells_of_every_family(family, rng, tmp_path):
    """The Verilog for a family simulates without its vendor's models."""
    plan = make_plan(small_network(), target=Target(family=family))
    manifest = generate_network(plan, tmp_path / "net")
    images = rng.integers(0, 256, (4, 8, 8, 1), dtype=np.uint8)
    result = simulate_network(tmp_path / "net", manifest, images)
    assert (result.values, result.mismatched_values) == (12, 0)
    assert result.cycles_per_frame == plan.cycles_per_frame


@pytest.fixture(scope="module")
def lenet5(tmp_path_factory):
    """LeNet-5 at 2,000 cycles a frame: folder, manifest, plan."""
    folder = tmp_path_factory.mktemp("design") / "lenet5"
    plan = make_plan(zoo.load_quantized("lenet5", bits=3), max_cycles=2000)
    return folder, generate_network(plan, folder), plan


@pytest.mark.parametrize(
    "traffic",
    [
        Traffic(),
        Traffic(stall_in=0.4, stall_out=0.2, seed=3),
        Traffic(stall_out=0.5, malformed=0.2),
    ],
    ids=["steady", "stalls", "malformed"],
)
def test_every_logit_of_every_digit(lenet5, traffic):
    folder, manifest, plan = lenet5
    samples = zoo.load_samples("lenet5")
    found = simulate_network(folder, manifest, samples.images, samples.labels, traffic=traffic)
    assert found.holds
    assert found.values == 10 * len(samples.images)
    assert found.mismatched_values == 0
    assert found.top1 == found.golden_top1 > 0.98
    assert found.frame_errors == found.malformed_frames
    assert (found.malformed_frames > 10) == (traffic.malformed > 0)
    if traffic.is_steady:
        assert found.cycles_per_frame == plan.cycles_per_frame <= 2000
    else:
        assert found.cycles_per_frame is None
        assert found.mean_cycles_per_frame > plan.cycles_per_frame


def test_latency_is_near_the_plan(lenet5):
    folder, manifest, plan = lenet5
    found = simulate_network(folder, manifest, zoo.load_samples("lenet5").images[:1])
    assert found.latency_cycles == pytest.approx(plan.latency_cycles, rel=0.02)


def counted(found):
    """A result without what depends on the moment."""
    moment = ("earlier_images", "images_per_second", "build_seconds")
    return {name: value for name, value in found.as_dict().items() if name not in moment}


def test_nothing_is_simulated_twice(lenet5):
    folder, manifest, _ = lenet5
    samples = zoo.load_samples("lenet5")
    images, labels = samples.images[:40], samples.labels[:40]

    def simulate(traffic, images=images):
        return simulate_network(folder, manifest, images, labels, traffic=traffic)

    traffic = Traffic(stall_in=0.2, seed=4)
    first, again = simulate(traffic), simulate(traffic)
    assert (first.earlier_images, again.earlier_images) == (0, 40)
    assert again.images_per_second > 0
    assert counted(again) == counted(first)
    for other in (Traffic(stall_in=0.2, seed=5), Traffic(stall_out=0.2, seed=4)):
        assert simulate(other).earlier_images == 0
    assert simulate(traffic, images[::-1]).earlier_images == 0


def test_damaged_runs_are_simulated_again(lenet5):
    folder, manifest, _ = lenet5
    images = zoo.load_samples("lenet5").images[:40]
    traffic = Traffic(stall_in=0.1, seed=6)
    before = set(folder.glob("simulate/runs.*/*"))
    first = simulate_network(folder, manifest, images, traffic=traffic)
    shortened, changed, *whole = set(folder.glob("simulate/runs.*/*")) - before
    shortened.write_bytes(shortened.read_bytes()[:100])
    content = bytearray(changed.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    again = simulate_network(folder, manifest, images, traffic=traffic)
    assert whole
    assert 0 < again.earlier_images < 40
    assert counted(again) == counted(first)
    assert simulate_network(folder, manifest, images, traffic=traffic).earlier_images == 40


def processes_with(word):
    """Command lines of running processes that contain a word."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found += [line for line in [path.read_bytes().decode()] if word in line]
    return found


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_killed_simulation_goes_on_where_it_stopped(lenet5, tmp_path, rng):
    folder, manifest, _ = lenet5
    samples = zoo.load_samples("lenet5")
    order = rng.permutation(np.arange(500) % len(samples.images))
    images, labels = samples.images[order], samples.labels[order]
    np.savez(tmp_path / "data.npz", images=images, labels=labels)
    simulate_network(folder, manifest, images[:1])
    before = set(folder.glob("simulate/runs.*/*.npz"))
    call = ["simulate", folder, "--images", "all", "--data", tmp_path / "data.npz"]
    with subprocess.Popen([sys.executable, "-m", "shiftconv", *map(str, call)]) as process:
        wait_for(lambda: set(folder.glob("simulate/runs.*/*.npz")) - before)
        process.kill()
    wait_for(lambda: not processes_with(f"{folder}/simulate/.scratch-"))
    finished = [
        np.load(BytesIO(path.read_bytes()[32:]))
        for path in set(folder.glob("simulate/runs.*/*.npz")) - before
    ]
    n_finished = sum(len(run["beats"]) // 10 for run in finished)
    assert 0 < n_finished < len(images)
    found = simulate_network(folder, manifest, images, labels)
    assert found.earlier_images == n_finished
    assert found.holds
    assert found.values == 5000
    assert found.top1 == found.golden_top1
    assert not list(folder.glob("simulate/.scratch-*"))


def test_images_that_do_not_fit(lenet5, rng):
    folder, manifest, _ = lenet5
    images = rng.integers(0, 256, (3, 32, 32, 3), np.uint8)
    sentence = "The network takes images of 28 x 28 x 1; the data are 3 of 32 x 32 x 3"
    with pytest.raises(ValueError, match=sentence):
        simulate_network(folder, manifest, images)
    with pytest.raises(ValueError, match="the data are 0 of 28 x 28 x 1"):
        simulate_network(folder, manifest, np.zeros((0, 28, 28, 1), np.uint8))
    with pytest.raises(ValueError, match="Labels must be from 0 to 9, but reach from 0 to 10"):
        simulate_network(folder, manifest, np.zeros((2, 28, 28, 1)), np.array([0, 10]))


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
