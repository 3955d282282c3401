"""Whether plans fit boards: memories counted one by one, what is missing told in numbers."""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
from amaranth.back import rtlil

from boards import BOARDS
from boards.board import Resources
from shiftconv.accelerator import Dataflow
from shiftconv.fit import fit_plan, place_memories
from shiftconv.gateware.memory_area import memory_area
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
    plan = make_plan(u_net(rng), max_cycles=250, target=Target(family="ice40"))
    board = board_with("ice40", bram=1, lut=10)
    fit = fit_plan(place_memories(plan, board), board)
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
    written = [memory for _, memory in plan.memories if not memory.fixed]
    blocks = sum(memory_area(memory, "block", "ice40").bram for memory in written)
    assert found["resources"][0]["needed"] >= blocks
    sizes = [part["bram"] for part in found["largest"]]
    assert sizes == sorted(sizes, reverse=True)


def test_lanes_and_small_memories_are_luts(rng):
    plan = make_plan(classifier(rng), target=Target(family="xcup"))
    fit = fit_plan(plan, board_with())
    bram, lut = fit.needs
    small = [memory for _, memory in plan.memories if memory.depth <= 64]
    assert small
    assert lut.needed >= sum(memory_area(memory, "lut", "xcup").lut for memory in small)
    assert lut.needed >= sum(s.lanes * s.layer.in_format.width for s in plan.stages)
    assert fit.fits
    assert bram.needed < 0.5 * len(plan.memories)
    assert fit.sentence == "fits some, as far as can be told before synthesis"


def test_what_does_not_fit_into_blocks_moves(rng, monkeypatch):
    """To large memories where it has no contents, to LUTs while there are some, or nowhere."""
    monkeypatch.setattr("shiftconv.gateware.memory_area.CHEAP_LUTS", 0)
    plan = make_plan(sliced(rng), target=Target(family="xcup", structure="ternary_tree"))

    def fitted(**resources):
        board = board_with(**resources)
        return fit_plan(place_memories(plan, board), board)

    every, logic = (need.needed for need in fitted().needs)
    bram, _, big = fitted(bram=0, big_ram=1000, big_ram_bits=1, lut=0).needs
    written = [memory for _, memory in plan.memories if not memory.fixed]
    assert big.needed == sum(memory.count for memory in written)
    assert (
        0
        < bram.needed
        == every - sum(memory_area(memory, "block", "xcup").bram for memory in written)
    )
    tight = fitted(bram=int(every) - 1)
    assert tight.fits
    assert tight.in_luts
    assert tight.needs[0].needed <= int(every) - 1
    assert tight.sentence.startswith(f"fits some, memories of {tight.in_luts[0]}")
    dry = fitted(bram=int(every) - 1, lut=logic)
    assert not dry.fits
    assert dry.in_luts == ()
    assert dry.needs[0].needed == every


def test_loaded_weights_lie_in_the_large_memory_of_ice40(rng, monkeypatch):
    """As far as there is any; nothing else does, for it has but one port."""
    monkeypatch.setattr("shiftconv.stages.conv2d.LOADED_BITS", 50)
    network = classifier(rng)
    # With a structure of its own no layer has its weights as wires.
    target = Target(family="ice40", loaded=True, structure="lut4_tree")
    plan = make_plan(network, target=target)
    loaded = [memory for _, memory in plan.memories if memory.loaded]
    assert len(loaded) == len(plan.loads) > 0
    assert all(not memory.fixed and memory.bits >= 50 for memory in loaded)
    bram, _, big = fit_plan(plan, board_with("ice40", big_ram=4)).needs
    assert big.needed == len(loaded)
    missing = fit_plan(plan, board_with("ice40"))
    assert f"{len(loaded)} large memories are needed, 0 are there" in missing.sentence
    without = board_with("ice40")
    bram_alone, _ = fit_plan(place_memories(plan, without), without).needs
    blocks = sum(memory_area(memory, "block", "ice40").bram for memory in loaded)
    assert bram_alone.needed == bram.needed + blocks
    plain = make_plan(network, target=replace(target, loaded=False))
    assert not plain.loads
    assert plain.weight_bytes() == b""


def test_plan_for_another_family(rng):
    plan = make_plan(classifier(rng))
    for wrong in (fit_plan, place_memories):
        with pytest.raises(
            ValueError, match="some is of the family gowin, but the plan is for any"
        ):
            wrong(plan, board_with("gowin"))


LARGE = """
import resource, numpy as np
from boards import find_board
from shiftconv.fit import fit_plan, place_memories
from shiftconv.plan import make_plan
from shiftconv.target import Target
from tests.quant import large_networks
board = find_board("zcu102")
network = large_networks.{name}(np.random.default_rng(0))
plan = make_plan(network, max_cycles=10_000_000, target=Target(family="xcup"))
fit = fit_plan(place_memories(plan, board), board)
print(plan.cycles_per_frame <= 10_000_000, fit.sentence)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("resnet18", "True fits zcu102, memories of"),
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
