"""Whether plans fit boards: memories counted one by one, what is missing told in numbers."""

import re
import subprocess
import sys
from collections import Counter

import pytest
from amaranth.back import rtlil

from boards import BOARDS, FAMILIES
from boards.board import Resources
from shiftconv.accelerator import Dataflow
from shiftconv.fit import block_count, fit_plan, lut_count
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.plan import make_plan
from shiftconv.target import Target
from tests.networks import GRAPHS, classifier, sliced, u_net


def board_with(family="xcup", **resources):
    there = Resources(
        **{"lut": 10**6, "ff": 0, "dsp": 0, "bram": 10**6, "bram_bits": 1} | resources
    )
    device = next(board for board in BOARDS.values() if board.family == family)
    return type(device)(
        name="some", title="", part="", family=family, resources=there, source="nowhere"
    )


def shape(depth, width, **rest):
    return MemoryShape(depth=depth, width=width, **rest)


@pytest.mark.parametrize(
    ("memory", "family", "parts"),
    [
        (shape(512, 36), "xcup", 1),
        (shape(513, 36), "xc7", 2),
        (shape(1024, 37), "xcup", 3),
        (shape(16384, 1), "ecp5", 1),
        (shape(16385, 1), "gowin", 2),
        (shape(100_000, 3), "nexus", 19),
        (shape(3000, 20), "xcup", 5),
        (shape(9000, 24), "xcup", 14),
        (shape(256, 16), "ice40", 1),
        (shape(257, 9), "ice40", 2),
        (shape(40, 72, count=3), "xcup", 6),
    ],
)
def test_block_count(memory, family, parts):
    assert block_count(memory, family) == parts


@pytest.mark.parametrize("family", FAMILIES)
def test_blocks_hold_every_bit(family, rng):
    bits = {board.family: board.resources.bram_bits for board in BOARDS.values()}[family]
    for depth, width in rng.integers(1, 5000, (50, 2)).tolist():
        parts = block_count(shape(depth, width), family)
        assert parts * bits >= depth * width
        assert block_count(shape(depth + 1, width), family) >= parts
        assert block_count(shape(depth, width + 1), family) >= parts


@pytest.mark.parametrize(
    ("memory", "family", "luts"),
    [
        (shape(64, 3), "xcup", 4),
        (shape(65, 4), "xc7", 16),
        (shape(64, 5, fixed=True), "xcup", 5),
        (shape(16, 5), "ecp5", 8),
        (shape(17, 5, fixed=True, count=2), "ice40", 20),
        (shape(16, 4), "ice40", None),
    ],
)
def test_lut_count(memory, family, luts):
    assert lut_count(memory, family) == luts


@pytest.mark.parametrize("build", [*GRAPHS.values(), classifier], ids=[*GRAPHS, "classifier"])
def test_memories_are_those_of_the_design(build, rng):
    plan = make_plan(build(rng), max_cycles=250)
    text = rtlil.convert(Dataflow(plan), name="dataflow")
    found = Counter((int(d), int(w)) for w, d in re.findall(r"memory width (\d+) size (\d+)", text))
    wanted = Counter()
    for _, memory in plan.memories:
        wanted[memory.depth, memory.width] += memory.count
    assert found == wanted


def test_what_is_missing_and_what_takes_it(rng):
    plan = make_plan(u_net(rng), max_cycles=250)
    fit = fit_plan(plan, board_with("ice40", bram=1, lut=10))
    assert not fit.fits
    assert re.fullmatch(
        r"does not fit some: [\d,]+ block memories are needed, 1 are there, [\d,]+ are missing; "
        r"[\d,]+ LUTs are needed at least, 10 are there, [\d,]+ are missing; "
        r"most block memory takes \w.* \d+, .+ \d+, .+ \d+",
        fit.sentence,
    )
    found = fit.as_dict()
    assert (found["board"], found["fits"]) == ("some", False)
    for need in found["resources"]:
        assert need["over"] == need["needed"] - need["available"] > 0
        assert need["estimate"] == (need["resource"] == "lut")
    blocks = sum(block_count(memory, "ice40") for _, memory in plan.memories if not memory.fixed)
    assert found["resources"][0]["needed"] >= blocks
    sizes = [part["bram"] for part in found["largest"]]
    assert sizes == sorted(sizes, reverse=True)


def test_lanes_and_small_memories_are_luts(rng):
    plan = make_plan(classifier(rng))
    fit = fit_plan(plan, board_with())
    bram, lut = fit.needs
    small = [memory for _, memory in plan.memories if memory.depth <= 64]
    assert small
    assert lut.needed >= sum(lut_count(memory, "xcup") for memory in small)
    assert lut.needed >= sum(s.lanes * s.layer.in_format.width for s in plan.stages)
    assert fit.fits
    assert bram.needed < 0.5 * len(plan.memories)
    assert fit.sentence == "fits some, as far as can be told before synthesis"


def test_what_does_not_fit_into_blocks_moves(rng, monkeypatch):
    """To large memories where it has no contents, to LUTs while there are some, or nowhere."""
    monkeypatch.setattr("shiftconv.fit.CHEAP_LUTS", 0)
    plan = make_plan(sliced(rng))
    every, logic = (need.needed for need in fit_plan(plan, board_with()).needs)
    bram, _, big = fit_plan(plan, board_with(bram=0, big_ram=1000, big_ram_bits=1, lut=0)).needs
    written = [memory for _, memory in plan.memories if not memory.fixed]
    assert big.needed == sum(memory.count for memory in written)
    assert 0 < bram.needed == every - sum(block_count(m, "xcup") for m in written) / 2
    tight = fit_plan(plan, board_with(bram=int(every) - 1))
    assert tight.fits
    assert tight.in_luts
    assert tight.needs[0].needed <= int(every) - 1
    assert tight.sentence.startswith(f"fits some if memories of {tight.in_luts[0]}")
    dry = fit_plan(plan, board_with(bram=int(every) - 1, lut=logic))
    assert not dry.fits
    assert dry.in_luts == ()
    assert dry.needs[0].needed == every


def test_loaded_weights_lie_in_the_large_memory_of_ice40(rng, monkeypatch):
    """And nothing else does, for it has but one port."""
    monkeypatch.setattr("shiftconv.stages.conv2d.LOADED_BITS", 50)
    network = classifier(rng)
    plan = make_plan(network, target=Target(family="ice40", loaded=True))
    loaded = [memory for _, memory in plan.memories if memory.loaded]
    assert len(loaded) == len(plan.loads) > 0
    assert all(not memory.fixed and memory.bits >= 50 for memory in loaded)
    bram, _, big = fit_plan(plan, board_with("ice40", big_ram=4)).needs
    assert big.needed == len(loaded)
    others = [memory for _, memory in plan.memories if not memory.loaded]
    assert bram.needed <= sum(block_count(memory, "ice40") for memory in others)
    missing = fit_plan(plan, board_with("ice40"))
    assert f"{len(loaded)} large memories are needed, 0 are there" in missing.sentence
    plain = make_plan(network, target=Target(family="ice40"))
    assert not plain.loads
    assert plain.weight_bytes() == b""


LARGE = """
import resource, numpy as np
from boards import find_board
from shiftconv.fit import fit_plan
from shiftconv.plan import make_plan
from tests.quant import large_networks
plan = make_plan(large_networks.{name}(np.random.default_rng(0)), max_cycles=10_000_000)
print(plan.cycles_per_frame <= 10_000_000, fit_plan(plan, find_board("zcu102")).sentence)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("resnet18", "True fits zcu102 if memories of"),
        ("vgg16", "True does not fit zcu102: 12,"),
    ],
)
def test_large_networks_are_planned_within_a_minute_and_8_gib(name, verdict):
    found = subprocess.run(
        [sys.executable, "-c", LARGE.format(name=name)], capture_output=True, text=True, timeout=60
    )
    assert not found.returncode, found.stderr
    sentence, gibibytes = found.stdout.split("\n")[:2]
    assert sentence.startswith(verdict)
    assert float(gibibytes) < 8
