"""Critical paths: the whole latency of a plan, and never more than that of another."""

import numpy as np
import pytest

from quant.codebook import PowerOfTwo
from shiftconv.gateware.folding import ConvFolding
from shiftconv.plan import Plan
from shiftconv.plan.latency import Place, critical_path, stage_delay, stream_delay
from shiftconv.stages import STAGES
from shiftconv.timeline import Timeline
from tests.gateware.layers import random_conv
from tests.networks import GRAPHS, HIDDEN, classifier, random_graph


def random_plan(network, rng):
    stages = []
    for node in network.nodes:
        kind = STAGES[node.layer.kind]
        foldings = list(kind.foldings(node.layer))
        stages.append(kind(node.name, node.layer, foldings[rng.integers(len(foldings))]))
    return Plan(network, tuple(stages))


def along(path, plan):
    """The least time that a plan needs for a path."""
    first = path[-1].sent.beat(plan.network.in_shape[2], plan.in_par)
    total = first + 1
    for step in path:
        stage, edge = plan.by_name[step.edge.target], step.edge
        total += stage_delay(stage, edge.slot, step.taken, step.given)
        total += stream_delay(
            *(stage.layer, edge.slot, step.sent, step.taken),
            *(plan.source_par(edge), stage.in_par),
        )
    return total


@pytest.mark.parametrize(
    "build", [*GRAPHS.values(), classifier, random_graph], ids=[*GRAPHS, "classifier", "random"]
)
def test_a_path_bounds_every_plan_and_is_the_latency_of_its_own(build, rng):
    network = build(rng)
    plans = [random_plan(network, rng) for _ in range(8)]
    latencies = [Timeline(network, plan.by_name).latency for plan in plans]
    exact = 0
    for plan, latency in zip(plans, latencies, strict=True):
        path = critical_path(plan)
        assert path[0].edge.target == network.nodes[-1].name
        for other, bound in zip(plans, latencies, strict=True):
            assert along(path, other) <= bound
        # Where windows slide, and where weights are wires, a delay is known but roughly.
        sure = not any(
            getattr(stage.folding, "mode", "") == "sliding" or getattr(stage, "hard_wired", False)
            for stage in plan.stages
        )
        exact += sure
        assert not sure or along(path, plan) == latency
    assert exact or build is not classifier


@pytest.mark.parametrize("in_par", [1, 2, 5])
def test_no_stage_is_faster_than_its_delay(in_par, rng):
    """Not even if columns of a sliding window have to keep in step."""
    layer = random_conv(
        rng, in_shape=(6, 5, 5), c_out=2, kernel=(3, 3), padding=(1, 1, 1, 1),
        codebook=PowerOfTwo(2), fmt=HIDDEN,
    )  # fmt: skip
    folding = ConvFolding(mode="sliding", in_par=in_par, out_par=2)
    stage = STAGES["conv2d"]("conv", layer, folding)
    n_in, n_out = 30 * -(-5 // in_par), 30 * -(-2 // stage.out_par)
    for _ in range(40):
        offers = np.cumsum(rng.choice([1, 1, 2, 9], n_in))
        leaves = stage.departures([offers[np.newaxis]])[-1]
        taken, given = rng.integers(n_in, size=9), rng.integers(n_out, size=9)
        for beat, out_beat in zip(taken.tolist(), given.tolist(), strict=True):
            places = Place.last_of(beat, 5, in_par), Place.last_of(out_beat, 2, stage.out_par)
            assert leaves[out_beat] >= offers[beat] + stage_delay(stage, 0, *places)
