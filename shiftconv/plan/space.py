"""Everything that a network may become."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from quant.network import INPUT, Network
from shiftconv.estimates import edge_area, shell_area
from shiftconv.gateware.stream_queue import MIN_DEPTH, StreamQueue
from shiftconv.plan.candidates import Candidates, Use, Wanted
from shiftconv.plan.edges import Edge, adapter_cycles, edges_of
from shiftconv.plan.latency import Step, stage_delay, stream_delay
from shiftconv.plan.plan import Plan, least_verdict_depth
from shiftconv.plan.program import Choices, Link, Program
from shiftconv.plan.waiting import least_depth, rows_ahead
from shiftconv.stages import Stage

__all__ = ["Choice", "Cut", "Space"]


@dataclass(frozen=True, eq=False)
class _Stream:
    """A stream, for each pair of widths that may meet on it.

    Parameters
    ----------
    source, target : int
        Nodes, the network's input being the first.
    pairs : ndarray of int64, shape (n, 2)
    cycles : ndarray of int64, shape (n,)
    uses : ndarray of float64, shape (n, 1 + resources that are short)
    """

    source: int
    target: int
    pairs: NDArray[np.int64]
    cycles: NDArray[np.int64]
    uses: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cut:
    """A demand on sums of delays along a path.

    Parameters
    ----------
    parts : list of ndarray
        Of the input's widths, each layer's candidates, each stream's pairs: a delay each, 0 where
        the path does not go.
    limit : int
    """

    parts: list[NDArray[np.int64]]
    limit: int


@dataclass(frozen=True, eq=False)
class Choice:
    """An integer program of a space, and what its columns stand for.

    Parameters
    ----------
    program : Program
    kept : list of ndarray
        Of the input's widths, each layer's candidates, and so on, which take part.
    """

    program: Program
    kept: list[NDArray[np.int64]]

    def cut(self, cut: Cut) -> None:
        """Keep to a cut from now on."""
        parts = [part[some] for part, some in zip(cut.parts, self.kept, strict=True)]
        self.program.cut(np.concatenate(parts), cut.limit)


class Space:
    """Candidates of every layer and of every stream between them.

    Parameters
    ----------
    network : Network
    wanted : Wanted

    Raises
    ------
    PlanError
        If a layer can't be that fast, or no adapter can regroup a stream in time.
    """

    def __init__(self, network: Network, wanted: Wanted):
        self.network = network
        self.wanted = wanted
        self.layers = [Candidates.of_layer(node.name, node.layer, wanted) for node in network.nodes]
        self._cuts: list[Cut] = []
        self._numbers = {INPUT: 0} | {node.name: n for n, node in enumerate(network.nodes, 1)}
        self.edges = edges_of(network)
        first = next(edge for edge in self.edges if edge.source == INPUT)
        self._in_pars = np.unique(self.layers[self._numbers[first.target] - 1].in_par)
        self.streams = [self._stream(edge, equal=edge is first) for edge in self.edges]
        self._more: list[Choices] = []
        self._more_links: list[Link] = []
        self._add_outside(self.layers[self._numbers[first.target] - 1], self.layers[-1])
        for edge in self.edges:
            if len(network.nodes[self._numbers[edge.target] - 1].layer.inputs) > 1:
                self._add_queue(edge)

    def _stream(self, edge: Edge, *, equal: bool) -> _Stream:
        """All widths that may meet; the accelerator's input is as wide as who takes it first."""
        source, target = self._numbers[edge.source], self._numbers[edge.target]
        given = self._in_pars if source == 0 else np.unique(self.layers[source - 1].out_par)
        takers: dict[int, Stage] = {}
        for stage in self.layers[target - 1].stages:
            takers.setdefault(stage.in_par, stage)
        pairs = [(p, q) for p in given.tolist() for q in sorted(takers) if p == q or not equal]
        return _Stream(
            source,
            target,
            np.array(pairs),
            np.array([adapter_cycles(p, takers[q], edge.slot) for p, q in pairs]),
            np.array(
                [self.wanted.use(edge_area(p, takers[q], edge.slot)) for p, q in pairs], float
            ),
        )

    def _add_outside(self, first: Candidates, last: Candidates) -> None:
        """What is around the stages: the room for outputs and the shell, and the verdicts."""
        starts = [candidates.stages[0] for candidates in self.layers[:-1]]
        rows: list[tuple[int, Use]] = []
        widths = np.unique(last.out_par)
        for width in widths.tolist():
            stage = last.stages[int(np.argmax(last.out_par == width))]
            depth = Plan(self.network, (*starts, stage)).room_depth
            bits = width * stage.layer.out_format.width + 1
            rows += self._least_queue(width, bits, depth) if depth else [(width, self._nothing)]
        self._add(rows, len(self.layers))
        pairs = [(p, q) for p in self._in_pars.tolist() for q in widths.tolist()]
        shells = [
            self.wanted.use(
                shell_area(
                    first.stages[int(np.argmax(first.in_par == p))],
                    last.stages[int(np.argmax(last.out_par == q))],
                )
            )
            for p, q in pairs
        ]
        behind = len(self.layers) + 1
        self._more_links.append(Link(0, behind, np.array(pairs), np.array(shells, float)))
        self._add(self._least_queue(0, 1, least_verdict_depth(len(self.layers))), None)

    def _add_queue(self, edge: Edge) -> None:
        """A queue before a join, no deeper than it has to be in any case."""
        source, join = self._numbers[edge.source], self._numbers[edge.target]
        given = self._in_pars if source == 0 else np.unique(self.layers[source - 1].out_par)
        shape, fmt = self.network.nodes[join - 1].layer.inputs[edge.slot]
        stages = {layer.stages[0].name: layer.stages[0] for layer in self.layers}
        ahead = rows_ahead(self.network, stages, edge)
        rows: list[tuple[int, Use]] = []
        for par in np.unique(self.layers[join - 1].in_par).tolist():
            depth = min(least_depth(ahead, shape, before, par) for before in given.tolist())
            rows += self._least_queue(par, par * fmt.width + 1, max(MIN_DEPTH, depth))
        self._add(rows, join)

    @property
    def _nothing(self) -> Use:
        return (0.0,) * (1 + len(self.wanted.limited))

    def _least_queue(self, par: int, bits: int, depth: int) -> list[tuple[int, Use]]:
        """What a queue for beats of ``par`` channels takes at least of what is short; its weight
        is no part of what is minimized."""
        options = self.wanted.queue_options(StreamQueue.memory(width=bits, depth=depth))
        return [(par, (0.0, *use[1:])) for _, use in options]

    def _add(self, rows: list[tuple[int, Use]], source: int | None) -> None:
        """A node that is as wide as another one gives."""
        widths = np.array([par for par, _ in rows])
        self._more.append(Choices(widths, widths, np.array([use for _, use in rows], float)))
        if source is not None:
            equal = np.unique(widths)
            pairs = np.column_stack([equal, equal])
            behind = len(self.layers) + len(self._more)
            nothing = np.zeros((len(pairs), 1 + len(self.wanted.limited)))
            self._more_links.append(Link(source, behind, pairs, nothing))

    @cached_property
    def rates(self) -> NDArray[np.int64]:
        """Cycles per frame that a plan may have, ascending."""
        parts = [layer.cycles for layer in self.layers] + [s.cycles for s in self.streams]
        rates = np.unique(np.concatenate(parts))
        return rates[rates >= max(layer.cycles.min() for layer in self.layers)]

    def choice(self, limit: float) -> Choice:
        """The program of those that need no more than ``limit`` cycles."""
        kept = [np.arange(len(self._in_pars))]
        nothing = np.zeros((len(kept[0]), 1 + len(self.wanted.limited)))
        nodes = [Choices(self._in_pars, self._in_pars, nothing)]
        for layer in self.layers:
            some = layer.within(limit)
            nodes.append(Choices(layer.in_par[some], layer.out_par[some], layer.uses[some]))
            kept.append(some)
        nodes += self._more
        kept += [np.arange(len(more.in_par)) for more in self._more]
        links = []
        for stream in self.streams:
            given, taken = stream.pairs.T
            meets = (
                (stream.cycles <= limit)
                & np.isin(given, nodes[stream.source].out_par)
                & np.isin(taken, nodes[stream.target].in_par)
            )
            links.append(
                Link(stream.source, stream.target, stream.pairs[meets], stream.uses[meets])
            )
            kept.append(np.flatnonzero(meets))
        links += self._more_links
        kept += [np.arange(len(more.pairs)) for more in self._more_links]
        choice = Choice(Program(nodes, links), kept)
        for cut in self._cuts:
            choice.cut(cut)
        return choice

    def cut(self, path: Sequence[Step], limit: int) -> Cut:
        """Demand of every plan from now on that a path takes no more than ``limit`` cycles.

        Parameters
        ----------
        path : sequence of Step
            From the output to the input.
        limit : int
        """
        parts = [np.zeros(len(self._in_pars), np.int64)]
        parts += [np.zeros(len(layer.stages), np.int64) for layer in self.layers]
        streams = [np.zeros(len(stream.pairs), np.int64) for stream in self.streams]
        channels = self.network.in_shape[2]
        parts[0][:] = [path[-1].sent.beat(channels, par) for par in self._in_pars.tolist()]
        for step in path:
            number, slot = self._numbers[step.edge.target], step.edge.slot
            layer = self.network.nodes[number - 1].layer
            parts[number][:] = [
                stage_delay(stage, slot, step.taken, step.given)
                for stage in self.layers[number - 1].stages
            ]
            stream = self.edges.index(step.edge)
            streams[stream][:] = [
                stream_delay(layer, slot, step.sent, step.taken, before, after)
                for before, after in self.streams[stream].pairs.tolist()
            ]
        parts += [np.zeros(len(more.in_par), np.int64) for more in self._more]
        parts += streams
        parts += [np.zeros(len(more.pairs), np.int64) for more in self._more_links]
        # Where nothing waits, a delay is so negative that no sum of the others makes up for it.
        least = -sum(max(0, int(part.max())) for part in parts)
        found = Cut([np.maximum(part, least) for part in parts], limit)
        self._cuts.append(found)
        return found

    def blocked(self, limit: float) -> str | None:
        """The first layer that a stream can't be regrouped for in time, whatever is chosen."""
        program = self.choice(limit).program
        for n, node in enumerate(self.network.nodes, start=2):
            links = [link for link in program.links if link.target < n]
            if Program(program.nodes[:n], links).solve() is None:
                return node.name
        return None

    def plan(self, choice: Choice, chosen: Sequence[int]) -> Plan:
        """The plan that a solution stands for."""
        stages = tuple(
            layer.stage(some[n])
            for layer, some, n in zip(self.layers, choice.kept[1:], chosen[1:], strict=False)
        )
        return Plan(self.network, stages)
