"""Candidates: those that no other one betters."""

from dataclasses import replace

import numpy as np
import pytest

from shiftconv.plan.candidates import Candidates, Wanted, undominated
from shiftconv.target import Target
from tests.networks import classifier


@pytest.mark.parametrize("quantities", [1, 2, 4])
def test_exactly_those_that_no_other_betters(quantities, rng):
    groups = rng.integers(0, 3, (120, 2))
    uses = rng.integers(0, 6, (120, quantities)).astype(float)
    kept = set(undominated(groups, uses).tolist())
    assert 0 < len(kept) < 120
    for n in range(120):
        better = [
            m
            for m in range(120)
            if (groups[m] == groups[n]).all()
            and (uses[m] <= uses[n]).all()
            and ((uses[m] < uses[n]).any() or m < n)
        ]
        assert (n in kept) == (not better)


def test_structures_that_were_measured_for_the_family(rng):
    """All of them where flip-flops are short, as none betters the others in all respects."""
    layer = classifier(rng).nodes[0].layer
    target = Target(family="ecp5")
    wanted = Wanted(target=target, limited=("lut", "ff"), timed=True)
    candidates = Candidates.of_layer("conv", layer, wanted)
    structures = {stage.structure for stage in candidates.stages}
    lanes = target.structures_for(layer.codebook, layer.in_format, 9)
    assert len(lanes) > 1
    assert structures == {None, *lanes}
    fixed = Wanted(target=replace(target, structure="tree"))
    only = Candidates.of_layer("conv", layer, fixed)
    assert {stage.structure for stage in only.stages} == {"tree"}


def test_of_equal_rows_the_first_stays():
    uses = np.array([[3.0, 1.0], [1.0, 2.0], [3.0, 1.0], [1.0, 2.0]])
    assert undominated(np.zeros((4, 1), int), uses).tolist() == [0, 1]
