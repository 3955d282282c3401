"""Every plan of a small network, one by one."""

from dataclasses import dataclass
from functools import reduce
from itertools import product

import numpy as np

from quant.layers.add import Add
from quant.layers.concat import Concat
from quant.network import INPUT
from shiftconv.plan import Plan, Prices
from shiftconv.plan.areas import edge_area, logic_area, memory_options
from shiftconv.plan.resources import RESOURCES
from shiftconv.stages import STAGES
from tests.networks import Graph

__all__ = ["SMALL", "Folded", "all_stages", "every_plan"]


def chain(rng):
    """Two layers."""
    graph = Graph(rng, (3, 3, 2))
    graph.conv("a", INPUT, 3, 3)
    graph.dense("b", "a", 2)
    return graph.network("chain")


def residual(rng):
    """A sum of a branch and of the input itself."""
    graph = Graph(rng, (4, 2, 2))
    graph.conv("a", INPUT, 2, 3)
    graph.join("sum", Add, "a", INPUT)
    graph.conv("b", "sum", 2, 1)
    return graph.network("small")


def concatenated(rng):
    """Two branches side by side."""
    graph = Graph(rng, (3, 2, 2))
    graph.conv("a", INPUT, 2, 3)
    graph.conv("b", INPUT, 4, 1)
    graph.join("both", Concat, "a", "b")
    return graph.network("small")


SMALL = {"chain": chain, "residual": residual, "concatenated": concatenated}


@dataclass(frozen=True)
class Folded:
    """Foldings of every layer, and what they may take with memories of every kind.

    Parameters
    ----------
    cycles, latency : int
    parts, whole : ndarray of float64, shape (choices of kinds, 1 + len(RESOURCES))
        Weight and resources of stages and streams; and of queues, too.
    """

    cycles: int
    latency: int
    parts: np.ndarray
    whole: np.ndarray


def _use(area):
    return (Prices().weigh(area), *(getattr(area, name) for name in RESOURCES))


def _sums(start, memories, family):
    """What each of the rows takes with each of the choices of memories."""
    options = [
        np.array([_use(area) for kind, area in memory_options(memory, family) if kind != "big"])
        for memory in memories
        if family
    ]
    return reduce(lambda a, b: (a[:, np.newaxis] + b).reshape(-1, b.shape[1]), options, start)


def all_stages(node, target):
    """What a node may become."""
    kind = STAGES[node.layer.kind]
    return [kind(node.name, node.layer, f, target) for f in kind.foldings(node.layer)]


def every_plan(net, target):
    """All foldings of all layers."""
    for stages in product(*(all_stages(node, target) for node in net.nodes)):
        plan = Plan(net, stages)
        areas = [logic_area(stage) for stage in stages]
        areas += [
            edge_area(plan.source_par(edge), plan.by_name[edge.target], edge.slot)
            for edge in plan.edges
        ]
        parts = np.sum([_use(area) for area in areas], axis=0)[np.newaxis]
        for stage in stages:
            parts = _sums(parts, stage.memories, target.family)
        nothing = np.zeros((1, 1 + len(RESOURCES)))
        queues = _sums(nothing, plan.queue_memories.values(), target.family)
        pairs = (parts.repeat(len(queues), axis=0), np.tile(queues, (len(parts), 1)))
        yield Folded(plan.cycles_per_frame, plan.latency_cycles, pairs[0], sum(pairs))
