"""Every plan of a small network, one by one."""

from dataclasses import dataclass, replace
from functools import reduce
from itertools import product

import numpy as np

from quant.layers.add import Add
from quant.layers.concat import Concat
from quant.network import INPUT
from shiftconv.estimates import (
    DEFAULT_FAMILY,
    edge_area,
    logic_area,
    queue_area,
    shell_area,
    stored_area,
)
from shiftconv.gateware.memory_area import default_kind
from shiftconv.gateware.memory_kind import kinds_of
from shiftconv.plan import Plan, Prices
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
    graph = Graph(rng, (4, 6, 2))
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
        Weight and resources of stages, streams and the shell; and of queues, too.
    """

    cycles: int
    latency: int
    parts: np.ndarray
    whole: np.ndarray


def _use(area):
    return (Prices().weigh(area), *(getattr(area, name) for name in RESOURCES))


def _sums(start, options):
    """What each of the rows takes with each of the choices of memories."""
    uses = [np.array([_use(area) for area in areas]) for areas in options]
    return reduce(lambda a, b: (a[:, np.newaxis] + b).reshape(-1, b.shape[1]), uses, start)


def _suitable(shape):
    """Of any family; what suits the one whose units count."""
    return default_kind(shape, DEFAULT_FAMILY), DEFAULT_FAMILY


def _kinds(shape, family):
    """Without a board nobody counts larger memories."""
    return [kind for kind in kinds_of(shape, family) if kind != "big"]


def all_stages(node, target):
    """What a node may become."""
    kind = STAGES[node.layer.kind]
    stages = [kind(node.name, node.layer, f, target) for f in kind.foldings(node.layer)]
    others = [replace(stage, element=e) for stage in stages for e in stage.other_elements]
    return stages + others


def every_plan(net, target):
    """All foldings of all layers."""
    for stages in product(*(all_stages(node, target) for node in net.nodes)):
        plan = Plan(net, stages)
        family = target.family
        areas = [logic_area(stage) for stage in stages]
        areas += [
            edge_area(plan.source_par(edge), plan.by_name[edge.target], edge.slot)
            for edge in plan.edges
        ]
        first = next(plan.by_name[edge.target] for edge in plan.edges if edge.source == INPUT)
        areas.append(shell_area(first, stages[-1]))
        parts = np.sum([_use(area) for area in areas], axis=0)[np.newaxis]
        memories = [memory for stage in stages for memory in stage.memories]
        queues = plan.queue_memories.values()
        if family is None:
            parts = _sums(parts, [[stored_area(m, *_suitable(m))] for m in memories])
            rest = [[queue_area(memory)] for memory in queues]
        else:
            stored = [[stored_area(m, k, family) for k in _kinds(m, family)] for m in memories]
            parts = _sums(parts, stored)
            rest = [[queue_area(m, family, k) for k in _kinds(m, family)] for m in queues]
        whole = _sums(np.zeros((1, 1 + len(RESOURCES))), rest)
        pairs = (parts.repeat(len(whole), axis=0), np.tile(whole, (len(parts), 1)))
        yield Folded(plan.cycles_per_frame, plan.latency_cycles, pairs[0], sum(pairs))
