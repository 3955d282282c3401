"""Everything that a network may become."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from quant.network import INPUT, Network
from shiftconv.plan.areas import edge_area
from shiftconv.plan.candidates import Candidates, use_of
from shiftconv.plan.edges import Edge, adapter_cycles, edges_of
from shiftconv.plan.plan import Plan
from shiftconv.plan.program import Choices, Link, Program
from shiftconv.plan.resources import RESOURCES, Prices
from shiftconv.stages import Stage
from shiftconv.target import Target

__all__ = ["Choice", "Space"]

WEIGHT = 0


@dataclass(frozen=True, eq=False)
class _Stream:
    """A stream, for each pair of widths that may meet on it.

    Parameters
    ----------
    source, target : int
        Nodes, the network's input being the first.
    pairs : ndarray of int64, shape (n, 2)
    cycles : ndarray of int64, shape (n,)
    uses : ndarray of float64, shape (n, 1 + len(RESOURCES))
    """

    source: int
    target: int
    pairs: NDArray[np.int64]
    cycles: NDArray[np.int64]
    uses: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Choice:
    """An integer program of a space, and what its candidates stand for.

    Parameters
    ----------
    program : Program
    kept : tuple of ndarray
        For each layer the candidates that take part.
    """

    program: Program
    kept: tuple[NDArray[np.int64], ...]


class Space:
    """Candidates of every layer and of every stream between them.

    Parameters
    ----------
    network : Network
    limit : float
        Cycles per frame that none of them exceeds.
    target : Target
    prices : Prices

    Raises
    ------
    PlanError
        If a layer can't be that fast, or no adapter can regroup a stream in time.
    """

    def __init__(self, network: Network, *, limit: float, target: Target, prices: Prices):
        self.network = network
        self.prices = prices
        self.layers = [
            Candidates.of_layer(node.name, node.layer, limit=limit, target=target, prices=prices)
            for node in network.nodes
        ]
        self._numbers = {INPUT: 0} | {node.name: n for n, node in enumerate(network.nodes, 1)}
        self.edges = edges_of(network)
        first = next(edge for edge in self.edges if edge.source == INPUT)
        self._in_pars = np.unique(self.layers[self._numbers[first.target] - 1].in_par)
        self.streams = [self._stream(edge, equal=edge is first) for edge in self.edges]

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
                [use_of(edge_area(p, takers[q], edge.slot), self.prices) for p, q in pairs], float
            ),
        )

    @cached_property
    def rates(self) -> NDArray[np.int64]:
        """Cycles per frame that a plan may have, ascending."""
        parts = [layer.cycles for layer in self.layers] + [s.cycles for s in self.streams]
        rates = np.unique(np.concatenate(parts))
        return rates[rates >= max(layer.cycles.min() for layer in self.layers)]

    def choice(self, limit: float, resources: Sequence[str] = ()) -> Choice:
        """The program of those that need no more than ``limit`` cycles.

        Parameters
        ----------
        limit : float
        resources : sequence of str
            Resources that are to be limited: candidates that are bettered by others in these and
            in weight take no part.
        """
        quantities = np.array([WEIGHT, *(1 + RESOURCES.index(name) for name in resources)])
        kept = tuple(layer.within(limit, quantities) for layer in self.layers)
        start = Choices(
            self._in_pars, self._in_pars, np.zeros((len(self._in_pars), len(quantities)))
        )
        nodes = [start] + [
            Choices(layer.in_par[some], layer.out_par[some], layer.uses[np.ix_(some, quantities)])
            for layer, some in zip(self.layers, kept, strict=True)
        ]
        links = []
        for stream in self.streams:
            meets = stream.cycles <= limit
            for side, widths in (
                (0, nodes[stream.source].out_par),
                (1, nodes[stream.target].in_par),
            ):
                meets &= np.isin(stream.pairs[:, side], widths)
            links.append(
                Link(
                    stream.source,
                    stream.target,
                    stream.pairs[meets],
                    stream.uses[np.ix_(meets, quantities)],
                )
            )
        return Choice(Program(nodes, links), kept)

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
            layer.stages[some[n]]
            for layer, some, n in zip(self.layers, choice.kept, chosen[1:], strict=True)
        )
        return Plan(self.network, stages)
