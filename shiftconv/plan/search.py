"""Which stages together are the cheapest."""

from collections.abc import Callable, Sequence
from math import inf

from quant.network import INPUT, Network
from shiftconv.plan.candidates import candidate_stages
from shiftconv.plan.edges import Edge, adapter_cost, adapter_cycles, edges_of
from shiftconv.plan.errors import PlanError
from shiftconv.plan.plan import Plan
from shiftconv.stages import Stage
from shiftconv.target import ANY_TARGET, Target

__all__ = ["make_plan"]

MAX_ROUNDS = 50
TOO_SLOW = 1e12


def make_plan(
    network: Network, *, max_cycles: int | None = None, target: Target = ANY_TARGET
) -> Plan:
    """Choose the cheapest folding of every layer.

    Parameters
    ----------
    network : Network
    max_cycles : int, optional
        Cycles per frame that no stage may exceed. Without it, the least area.
    target : Target
        What the stages are built for.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        If a layer can't be that fast; the message says which and how fast it can be.

    Notes
    -----
    The sum of the stages' and width adapters' estimated costs is minimal over all combinations of
    the foldings that the stages offer if the network is a chain (dynamic programming, one state per
    width). In a graph it is a minimum that no change of a single stage improves.
    """
    limit = inf if max_cycles is None else max_cycles
    if limit < 1:
        raise PlanError(f"Cycles per frame must be a positive integer, not {max_cycles!r}")
    candidates = [candidate_stages(node.name, node.layer, limit, target) for node in network.nodes]
    if len(edges_of(network)) == len(network.nodes):
        stages = along_chain(network, candidates, limit)
    else:
        stages = by_descent(network, candidates, limit)
    return Plan(network, stages)


def _regroup_error(name: str, limit: float) -> PlanError:
    return PlanError(f"The stream into {name} can't be regrouped in {limit} cycles per frame")


def along_chain(
    network: Network, candidates: Sequence[Sequence[Stage]], limit: float
) -> tuple[Stage, ...]:
    """For each width of a stage's output, the cheapest chain of stages that ends so."""
    paths: dict[int, tuple[float, tuple[Stage, ...]]] = {0: (0.0, ())}
    for node, stages in zip(network.nodes, candidates, strict=True):
        extended: dict[int, tuple[float, tuple[Stage, ...]]] = {}
        for stage in stages:
            for total, path in paths.values():
                if path and adapter_cycles(path[-1].out_par, stage) > limit:
                    continue
                total += stage.cost + (adapter_cost(path[-1].out_par, stage) if path else 0)
                if total < extended.get(stage.out_par, (inf,))[0]:
                    extended[stage.out_par] = total, (*path, stage)
        if not extended:
            raise _regroup_error(node.name, limit)
        paths = extended
    return min(paths.values(), key=lambda option: option[0])[1]


def by_descent(
    network: Network, candidates: Sequence[Sequence[Stage]], limit: float
) -> tuple[Stage, ...]:
    """Improve one stage after the other until no change helps; the better of two descents."""
    edges = edges_of(network)
    touching = {
        node.name: [e for e in edges if node.name in (e.source, e.target)] for node in network.nodes
    }

    def edge_cost(chosen: dict[str, Stage], edge: Edge) -> float:
        if edge.source == INPUT:
            return 0.0
        before, after = chosen[edge.source].out_par, chosen[edge.target]
        # Too slow an edge is worse than any number of LUTs, and two are worse than one.
        too_slow = adapter_cycles(before, after, edge.slot) > limit
        return TOO_SLOW if too_slow else adapter_cost(before, after)

    def descend(chosen: dict[str, Stage]) -> dict[str, Stage]:
        for _ in range(MAX_ROUNDS):
            before = dict(chosen)
            for node, stages in zip(network.nodes, candidates, strict=True):
                name, present = node.name, chosen[node.name]

                def cost(stage: Stage, name: str = name) -> float:
                    trial = chosen | {name: stage}
                    return stage.cost + sum(edge_cost(trial, edge) for edge in touching[name])

                options = [(cost(stage), stage is not present, n) for n, stage in enumerate(stages)]
                chosen[name] = stages[min(options)[2]]
            if chosen == before:
                break
        return chosen

    def total(chosen: dict[str, Stage]) -> float:
        parts = sum(edge_cost(chosen, edge) for edge in edges)
        return parts + sum(stage.cost for stage in chosen.values())

    # From the cheapest stages, and from the fastest: their streams are the widest, so a descent
    # from there does not end where two stages would have to change at once to be in time.
    starts: tuple[Callable[[Stage], float], ...] = (lambda s: s.cost, lambda s: s.cycles)
    chosen = min(
        (
            descend(
                {
                    node.name: min(stages, key=start)
                    for node, stages in zip(network.nodes, candidates, strict=True)
                }
            )
            for start in starts
        ),
        key=total,
    )
    for edge in edges:
        if edge_cost(chosen, edge) == TOO_SLOW:
            raise _regroup_error(edge.target, limit)
    return tuple(chosen[node.name] for node in network.nodes)
