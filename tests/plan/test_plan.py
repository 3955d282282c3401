"""What a plan says of the design that is made of it."""

import re
from collections import Counter

import pytest
from amaranth.back import rtlil

from shiftconv.accelerator import Dataflow
from shiftconv.gateware.memory_area import memory_area
from shiftconv.plan import make_plan
from shiftconv.plan.counted import most_taken
from shiftconv.target import Target
from tests.networks import GRAPHS, classifier, separable


@pytest.mark.parametrize("build", [*GRAPHS.values(), classifier], ids=[*GRAPHS, "classifier"])
def test_memories_are_those_of_the_design(build, rng):
    plan = make_plan(build(rng), max_cycles=250)
    text = rtlil.convert(Dataflow(plan), name="dataflow")
    found = Counter((int(d), int(w)) for w, d in re.findall(r"memory width (\d+) size (\d+)", text))
    wanted = Counter()
    for _, memory in plan.memories:
        wanted[memory.depth, memory.width] += memory.count
    assert found == wanted


def test_loaded_weights_lie_in_the_large_memory_of_ice40(rng, monkeypatch):
    """Nothing else does, for it has but one port."""
    monkeypatch.setattr("shiftconv.stages.conv2d.LOADED_BITS", 50)
    network = classifier(rng)
    # With a structure of its own no layer has its weights as wires.
    plan = make_plan(network, target=Target(family="ice40", loaded=True, structure="lut4_tree"))
    loaded = [memory for _, memory in plan.memories if memory.loaded]
    assert len(loaded) == len(plan.loads) > 0
    assert all(not memory.fixed and memory.bits >= 50 for memory in loaded)
    assert plan.area.big_ram == len(loaded)
    plain = make_plan(network, target=Target(family="ice40", structure="lut4_tree"))
    assert (plain.loads, plain.weight_bytes(), plain.area.big_ram) == ({}, b"", 0)


@pytest.mark.parametrize("kind", ["block", "lut"])
def test_bits_that_never_change_take_no_memory(kind, rng):
    """The search counts them, for it does not look at what each candidate's memories hold."""
    plan = make_plan(separable(rng), max_cycles=200, target=Target(family="ecp5"))
    plan = plan.with_kinds([kind] * len(plan.memories))
    kept = [shape for stage in plan.stages for shape in stage.kept_memories]
    kept += plan.queue_memories.values()
    whole = [memory_area(shape, kind, "ecp5") for _, shape in plan.memories]
    assert plan.area.bram == sum(memory_area(shape, kind, "ecp5").bram for shape in kept)
    most = most_taken(plan)
    assert most["bram"] == sum(area.bram for area in whole)
    assert all(getattr(plan.area, name) <= most[name] for name in most)
    assert plan.area.lut < most["lut"] or kind == "block"
