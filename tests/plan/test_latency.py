"""Critical paths: the whole latency of a plan, and never more than that of another."""

import pytest

from shiftconv.plan import Plan
from shiftconv.plan.latency import critical_path, stage_delay, stream_delay
from shiftconv.stages import STAGES
from shiftconv.timeline import Timeline
from tests.networks import GRAPHS, classifier, random_graph


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
