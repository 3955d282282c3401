"""Areas of stages, streams, queues and what is around them."""

import numpy as np
import pytest

from boards import FAMILIES
from quant.codebook import PowerOfTwo
from quant.fixed_point import ActFormat
from shiftconv.area import Area
from shiftconv.estimates import DEFAULT_FAMILY, edge_area, queue_area, shell_area, stage_area
from shiftconv.estimates.model import FamilyModel, family_model
from shiftconv.estimates.parts import wired
from shiftconv.gateware.adder_graph import AdderGraph
from shiftconv.gateware.folding import ConvFolding
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.stages import STAGES
from shiftconv.target import ANY_TARGET, Target
from tests.gateware.layers import random_conv
from tests.networks import GRAPHS, classifier
from tests.stages.test_stages import EXAMPLES

UNSIGNED = ActFormat(8, 0, signed=False)


@pytest.fixture
def layer(rng):
    return random_conv(
        rng, in_shape=(8, 8, 8), c_out=16, kernel=(3, 3), padding=(1, 1, 1, 1),
        codebook=PowerOfTwo(2), fmt=UNSIGNED, out_format=UNSIGNED,
    )  # fmt: skip


def conv_stage(layer, *, family="xcup", mode="pixel", in_par=2, out_par=4, **more):
    folding = ConvFolding(mode=mode, in_par=in_par, out_par=out_par)
    return STAGES["conv2d"]("conv", layer, folding, Target(family=family), **more)


@pytest.mark.parametrize("family", [None, *FAMILIES])
@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_stage_has_an_area(rng, kind, family):
    target = Target(family=family)
    for make in EXAMPLES[kind].values():
        layer = make(rng)
        for folding in STAGES[kind].foldings(layer):
            area = stage_area(STAGES[kind]("stage", layer, folding, target))
            assert area.lut > 0 or kind == "channel_slice"
            assert min(area.as_dict().values()) >= 0


def test_any_target_is_the_default_family(layer):
    folding = ConvFolding(mode="whole", in_par=2, out_par=16)
    stages = [
        STAGES["conv2d"]("conv", layer, folding, target)
        for target in (ANY_TARGET, Target(family=DEFAULT_FAMILY, structure="tree"))
    ]
    assert stages[0].hard_wired
    assert stage_area(stages[0]).bram == stage_area(stages[1]).bram


def test_more_lanes_are_larger(layer):
    areas = [stage_area(conv_stage(layer, out_par=n)) for n in (1, 2, 4, 8)]
    assert [a.lut for a in areas] == sorted({a.lut for a in areas})
    assert [a.ff for a in areas] == sorted({a.ff for a in areas})


def test_memories_are_what_the_stage_says(layer):
    block = stage_area(conv_stage(layer, kinds=("block", "block", "block")))
    lut = stage_area(conv_stage(layer, kinds=("lut", "block", "block")))
    assert block.bram > lut.bram
    assert block.lutram < lut.lutram


def test_streams_queues_and_shell(layer):
    stage = conv_stage(layer)
    alike, narrower, odd = (edge_area(before, stage) for before in (2, 8, 3))
    assert alike.ff == 2 * (2 * 8 + 1) + 2
    assert alike.lut < min(narrower.lut, odd.lut)
    queue = queue_area(MemoryShape(depth=1023, width=18), "ecp5")
    assert (queue.bram, queue.ff) == (1, 10 + 10 + 10 + 1)
    in_luts = queue_area(MemoryShape(depth=32, width=18), "ecp5", "lut")
    assert in_luts.lutram == 2 * 5 * 6
    assert shell_area(stage, stage).ff > edge_area(2, stage).ff


def test_areas_of_a_plan(rng):
    from shiftconv.plan import make_plan

    for network in (classifier(rng), GRAPHS["residual"](rng)):
        plan = make_plan(network, target=Target(family="ecp5"))
        assert list(plan.areas) == [*(stage.name for stage in plan.stages), ""]
        assert plan.area == sum(plan.areas.values(), Area())
        for stage in plan.stages:
            # Each memory is rounded by itself.
            assert plan.areas[stage.name].lut == pytest.approx(
                stage_area(stage, exact=True).lut, abs=len(stage.memories)
            )
        assert plan.areas[""].ff > 0


def test_large_wired_matrices_are_near_their_graphs(monkeypatch):
    # A matrix that may be counted, by what the larger ones are estimated by.
    rng = np.random.default_rng(3)
    levels = PowerOfTwo(2).nearest(rng.normal(0, 1.4, (36, 24)))
    layer = random_conv(
        rng, in_shape=(3, 3, 4), c_out=24, kernel=(3, 3), codebook=PowerOfTwo(2), fmt=UNSIGNED
    )
    object.__setattr__(layer, "levels", levels.reshape(3, 3, 4, 24))
    estimate = wired.constant_array(layer, "xcup")
    graph = AdderGraph.of_matrix(levels, input_width=8, operands=3)
    counted = wired.graph_features(graph, 0, 255, "xcup")
    assert wired.n_terms(levels) > wired.MOST_TERMS
    assert estimate["adders"] == pytest.approx(counted["adders"], rel=0.12)
    assert estimate["ternary"] == pytest.approx(counted["ternary"] + counted["adder"], rel=0.15)
    assert estimate["ff"] == pytest.approx(counted["ff"], rel=0.25)


def test_what_features_come_to():
    model = FamilyModel({"lut": {"adder": 2.0}, "ff": {"ff.a": 1.0}, "carry": {}, "dsp": {}})
    found = model.amounts(
        {"adder": 3, "ff.a": 5, "unknown": 9, "lutram": 1, "shift_register": 2, "bram": 0.5}
    )
    assert found == {
        "lut": 6.0, "ff": 5.0, "carry": 0, "dsp": 0, "bram": 0.5, "big_ram": 0, "lutram": 3,
    }  # fmt: skip


def test_a_family_that_nobody_measured():
    with pytest.raises(ValueError, match="There are no estimates of 'max10', only of xcup, "):
        family_model("max10")
