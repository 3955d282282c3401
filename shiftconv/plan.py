"""Every decision about an accelerator, made before a signal exists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any

from quant.layers import Layer
from quant.network import INPUT, Network
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.gateware.stream_queue import MIN_DEPTH
from shiftconv.gateware.weight_loader import Load
from shiftconv.gateware.width_adapter import WidthAdapter
from shiftconv.stages import STAGES, Stage
from shiftconv.target import ANY_TARGET, Target
from shiftconv.timeline import Timeline

__all__ = ["Edge", "Plan", "PlanError", "cheapest_folding", "make_plan"]

MAX_ROUNDS = 50
TOO_SLOW = 1e12


class PlanError(ValueError):
    """What was asked for can't be had; the message says which layer is in the way."""


@dataclass(frozen=True)
class Edge:
    """A stream from one stage to another.

    Parameters
    ----------
    source : str
        Node that gives, or ``INPUT``.
    target : str
        Node that takes.
    slot : int
        Which of the target's inputs it is.
    """

    source: str
    target: str
    slot: int


def edges_of(network: Network) -> tuple[Edge, ...]:
    """Streams of a network, in the order of its nodes."""
    return tuple(
        Edge(source, node.name, slot)
        for node in network.nodes
        for slot, source in enumerate(node.inputs)
    )


@dataclass(frozen=True, eq=False)
class Plan:
    """A network and, for each layer, its stage.

    Parameters
    ----------
    network : Network
    stages : tuple of Stage
        One per layer, in order.
    """

    network: Network
    stages: tuple[Stage, ...]

    @cached_property
    def by_name(self) -> dict[str, Stage]:
        """Stages by node."""
        return {stage.name: stage for stage in self.stages}

    @property
    def target(self) -> Target:
        """What the stages are built for."""
        return self.stages[0].target

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Streams between stages."""
        return edges_of(self.network)

    @property
    def in_par(self) -> int:
        """Channels per beat of the accelerator's input."""
        return next(self.by_name[edge.target].in_par for edge in self.edges if edge.source == INPUT)

    def source_par(self, edge: Edge) -> int:
        """Channels per beat at an edge's source."""
        return self.in_par if edge.source == INPUT else self.by_name[edge.source].out_par

    @property
    def cycles_per_frame(self) -> int:
        """Cycles per frame in steady state: those of the slowest stage or width adapter."""
        adapters = (
            _adapter_cycles(self.source_par(edge), self.by_name[edge.target], edge.slot)
            for edge in self.edges
        )
        return max(*(stage.cycles for stage in self.stages), *adapters)

    @property
    def lanes(self) -> int:
        """Lanes of all stages."""
        return sum(stage.lanes for stage in self.stages)

    @property
    def memory_bits(self) -> int:
        """Memory bits of all stages, and of the queues before joins."""
        queues = sum(depth * self._beat_bits(edge) for edge, depth in self.queues.items())
        return sum(stage.memory_bits for stage in self.stages) + queues

    @property
    def memories(self) -> list[tuple[str, MemoryShape]]:
        """Every memory, with the stage that it belongs to or the place where it stands."""
        found = [(stage.name, memory) for stage in self.stages for memory in stage.memories]
        depths = [
            (f"queue {edge.source}-{edge.target}", self._beat_bits(edge), depth)
            for edge, depth in self.queues.items()
        ]
        depths.append(("verdicts", 1, self.verdict_depth))
        if self.room_depth:
            out = self.stages[-1]
            depths.append(("room", out.out_par * out.layer.out_format.width + 1, self.room_depth))
        # The last entry of a queue is its output register.
        found += [(name, MemoryShape(depth=n - 1, width=bits)) for name, bits, n in depths]
        return found

    @property
    def loads(self) -> dict[str, Load]:
        """What the stages' memories take from a host at start, by stage."""
        return {stage.name: stage.load for stage in self.stages if stage.load is not None}

    def weight_bytes(self) -> bytes:
        """What a host sends at start: the transfers of :attr:`loads`, each as whole bytes."""
        parts = []
        for stage in self.stages:
            if stage.load is not None:
                n_bytes = stage.load.bytes_each
                parts += [word.to_bytes(n_bytes, "little") for word in stage.load_words()]
        return b"".join(parts)

    @property
    def verdict_depth(self) -> int:
        """Frames that are under way at once: those that begin within a frame's latency, and some
        more for what stages hold back."""
        return 4 * (len(self.stages) + 1) + self.latency_cycles // self.cycles_per_frame

    @property
    def room_depth(self) -> int:
        """Output beats that must find room until their frame's verdict; 0 if none leaves before.

        A frame whose outputs begin before its input ends has to be held back whole.
        """
        if self.answers_after_input:
            return 0
        height, width, channels = self.network.out_shape
        return height * width * n_beats(channels, self.stages[-1].out_par) + MIN_DEPTH

    def _beat_bits(self, edge: Edge) -> int:
        """Bits of a beat, its mark included, as an edge's target takes it."""
        stage = self.by_name[edge.target]
        return stage.in_par * stage.layer.inputs[edge.slot][1].width + 1

    @cached_property
    def latency_cycles(self) -> int:
        """Cycles from a lone frame's first input beat to its last output beat."""
        room = 2 if self.room_depth else 1
        return Timeline(self.network, self.by_name).latency + room

    @cached_property
    def queues(self) -> dict[Edge, int]:
        """Beats that each input of a join must be able to hold.

        At a join the faster branch waits for the slowest one. With room for what it brings until
        then, no stage before them is ever held up by it, so branches can't block each other.
        """
        joins = [e for e in self.edges if len(self.by_name[e.target].layer.inputs) > 1]
        if not joins:
            return {}
        timeline = Timeline(self.network, self.by_name, period=self.cycles_per_frame)
        return {e: max(MIN_DEPTH, timeline.depth(e.target, e.slot)) for e in joins}

    @property
    def answers_after_input(self) -> bool:
        """Whether no output beat can leave before the frame's last input beat has come."""
        height = self.network.in_shape[0]
        # Input rows that each row of a node needs, and whether none begins before the last beat.
        needed = {INPUT: list(range(1, height + 1))}
        late = {INPUT: False}
        for node in self.network.nodes:
            stage = self.by_name[node.name]
            needed[node.name] = [
                max(needed[source][need - 1] for source in node.inputs) for need in stage.needs
            ]
            whole_rows = not stage.streams and needed[node.name][0] >= height
            late[node.name] = whole_rows or all(late[source] for source in node.inputs)
        return late[self.network.nodes[-1].name]

    def rows(self) -> list[dict[str, Any]]:
        """The plan as a table, one row per stage."""
        return [
            {
                "name": stage.name,
                "kind": stage.kind,
                "out_shape": list(stage.layer.out_shape),
                "macs": stage.layer.macs,
                "lanes": stage.lanes,
                "folds": stage.folds,
                "cycles": stage.cycles,
                "memory_bits": stage.memory_bits,
                "in_par": stage.in_par,
                "out_par": stage.out_par,
            }
            for stage in self.stages
        ]


def _adapter_cycles(before: int, after: Stage, slot: int = 0) -> int:
    """Cycles per frame of the width adapter before a stage; 0 if none is needed."""
    if before == after.in_par:
        return 0
    height, width, channels = after.layer.inputs[slot][0]
    return height * width * WidthAdapter.cycles(channels, before, after.in_par)


def _adapter_cost(before: int, after: Stage) -> float:
    """Rough LUTs of the width adapter before a stage."""
    if before == after.in_par:
        return 0.0
    width = max(before, after.in_par) * after.layer.in_format.width
    return 15 + width * (1 if before > after.in_par else 0.2)


def _candidates(name: str, layer: Layer, limit: float, target: Target) -> list[Stage]:
    """The cheapest stage for each pair of interface widths among those fast enough."""
    if layer.kind not in STAGES:
        raise PlanError(f"{name} is a {layer.kind}, which has no hardware")
    stage_type = STAGES[layer.kind]
    fastest = inf
    best: dict[tuple[int, int], tuple[float, Stage]] = {}
    for folding in stage_type.foldings(layer):
        stage = stage_type(name, layer, folding, target)
        cycles = stage.cycles
        fastest = min(fastest, cycles)
        if cycles > limit:
            continue
        key, cost = (stage.in_par, stage.out_par), stage.cost
        if key not in best or cost < best[key][0]:
            best[key] = cost, stage
    if not best:
        raise PlanError(
            f"{name} needs at least {fastest} cycles per frame, but only {limit} are allowed"
        )
    return [stage for _, stage in best.values()]


def cheapest_folding(
    layer: Layer, *, max_cycles: int | None = None, target: Target = ANY_TARGET
) -> Any:
    """The folding of one layer that is cheapest within ``max_cycles`` cycles per frame.

    Raises
    ------
    PlanError
        If the layer can't be that fast.
    """
    limit = inf if max_cycles is None else max_cycles
    candidates = _candidates("The layer", layer, limit, target)
    return min(candidates, key=lambda stage: stage.cost).folding


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
    candidates = [_candidates(node.name, node.layer, limit, target) for node in network.nodes]
    if len(edges_of(network)) == len(network.nodes):
        stages = _along_chain(network, candidates, limit)
    else:
        stages = _by_descent(network, candidates, limit)
    return Plan(network, stages)


def _regroup_error(name: str, limit: float) -> PlanError:
    return PlanError(f"The stream into {name} can't be regrouped in {limit} cycles per frame")


def _along_chain(
    network: Network, candidates: Sequence[Sequence[Stage]], limit: float
) -> tuple[Stage, ...]:
    """For each width of a stage's output, the cheapest chain of stages that ends so."""
    paths: dict[int, tuple[float, tuple[Stage, ...]]] = {0: (0.0, ())}
    for node, stages in zip(network.nodes, candidates, strict=True):
        extended: dict[int, tuple[float, tuple[Stage, ...]]] = {}
        for stage in stages:
            for total, path in paths.values():
                if path and _adapter_cycles(path[-1].out_par, stage) > limit:
                    continue
                total += stage.cost + (_adapter_cost(path[-1].out_par, stage) if path else 0)
                if total < extended.get(stage.out_par, (inf,))[0]:
                    extended[stage.out_par] = total, (*path, stage)
        if not extended:
            raise _regroup_error(node.name, limit)
        paths = extended
    return min(paths.values(), key=lambda option: option[0])[1]


def _by_descent(
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
        too_slow = _adapter_cycles(before, after, edge.slot) > limit
        return TOO_SLOW if too_slow else _adapter_cost(before, after)

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
