"""Which candidates together are the best: an integer program."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from shiftconv.plan.solver import minimum

__all__ = ["Choices", "Link", "Program"]

Uses = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Choices:
    """What one node may become.

    Parameters
    ----------
    in_par, out_par : ndarray of int64, shape (n,)
        Channels per beat.
    uses : ndarray of float64, shape (n, quantities)
        What each takes; the first quantity is minimized.
    """

    in_par: NDArray[np.int64]
    out_par: NDArray[np.int64]
    uses: Uses

    @classmethod
    def of_uses(cls, uses: Sequence[Sequence[float]]) -> "Choices":
        """Those of a node without links."""
        nothing = np.zeros(len(uses), np.int64)
        return cls(nothing, nothing, np.array(uses, float))


@dataclass(frozen=True, eq=False)
class Link:
    """A stream from one node to another.

    Parameters
    ----------
    source, target : int
        Nodes, counted from 0.
    pairs : ndarray of int64, shape (n, 2)
        Channels per beat that may meet, given and taken.
    uses : ndarray of float64, shape (n, quantities)
        What the stream between them takes.
    """

    source: int
    target: int
    pairs: NDArray[np.int64]
    uses: Uses


class Program:
    """Choose one candidate for each node so that the first quantity is least.

    Every other quantity has a limit. Equal programs have equal answers.

    Parameters
    ----------
    nodes : sequence of Choices
    links : sequence of Link

    Attributes
    ----------
    n_columns : int
        Size of the program without limits.

    Notes
    -----
    Columns: ``x[node, candidate]``, binary, and ``y[link, pair]``, continuous, for the pairs of
    widths that may meet. Rows: of each node one candidate; of each link and each width of either
    side, as much ``y`` as there is ``x`` of that width. On a chain without limits this is a
    shortest path, whose linear relaxation is integral; ``y`` is integral wherever ``x`` is.
    """

    def __init__(self, nodes: Sequence[Choices], links: Sequence[Link]):
        self.nodes = nodes
        self.links = links
        self.first = np.cumsum([0, *(len(node.in_par) for node in nodes)])
        """Column of each node's first candidate, and one past the last."""
        self.n_choices = int(self.first[-1])
        self.uses = np.concatenate([node.uses for node in nodes] + [link.uses for link in links])
        """What each column takes, shape (columns, quantities)."""
        self._rows: list[tuple[NDArray, NDArray]] = []
        self._bounds: list[tuple[float, float]] = []
        for before, after in zip(self.first[:-1], self.first[1:], strict=True):
            self._add(np.arange(before, after), np.ones(after - before), 1, 1)
        column = self.n_choices
        for link in links:
            given, taken = link.pairs.T
            self._balance(column, given, link.source, nodes[link.source].out_par)
            self._balance(column, taken, link.target, nodes[link.target].in_par)
            column += len(link.pairs)
        self.n_columns = column

    def _add(self, index: NDArray, value: NDArray, low: float, high: float) -> None:
        self._rows.append((index, value))
        self._bounds.append((low, high))

    def _balance(self, column: int, widths: NDArray, node: int, offered: NDArray) -> None:
        """As much of each width on a link as the node at one of its ends has."""
        for width in np.unique(np.concatenate([widths, offered])):
            there = column + np.flatnonzero(widths == width)
            chosen = self.first[node] + np.flatnonzero(offered == width)
            signs = np.repeat([1.0, -1.0], [len(there), len(chosen)])
            self._add(np.concatenate([there, chosen]), signs, 0, 0)

    def taken(self, chosen: Sequence[int]) -> NDArray[np.float64]:
        """What a choice takes of each quantity."""
        parts = [node.uses[n] for node, n in zip(self.nodes, chosen, strict=True)]
        for link in self.links:
            given = self.nodes[link.source].out_par[chosen[link.source]]
            wanted = self.nodes[link.target].in_par[chosen[link.target]]
            (meets,) = np.flatnonzero((link.pairs == (given, wanted)).all(axis=1))
            parts.append(link.uses[meets])
        return np.sum(parts, axis=0)

    def cut(self, coefficients: NDArray, limit: float) -> None:
        """Demand that the coefficients of what is chosen add up to no more than a limit.

        Parameters
        ----------
        coefficients : ndarray, shape (n_columns,)
            Of each node's candidates, node by node, then of each link's pairs.
        limit : float
        """
        values = np.asarray(coefficients, float)
        index = np.flatnonzero(values)
        self._add(index, values[index], -inf, limit)

    def exclude(self, chosen: Sequence[int]) -> None:
        """Demand that one node at least is another than in this choice."""
        index = self.first[:-1] + np.array(chosen)
        self._add(index, np.ones(len(index)), -inf, len(index) - 1)

    def solve(self, limits: Sequence[float] = ()) -> tuple[int, ...] | None:
        """For each node its candidate; None if no choice keeps the limits.

        Parameters
        ----------
        limits : sequence of float
            Of the quantities after the first; ``inf`` for none.
        """
        return self._chosen(self._solved(self.uses[:, 0], limits))

    def possible(self, limits: Sequence[float] = ()) -> bool:
        """Whether any choice keeps the limits."""
        # Most likely one that takes little of everything does.
        finite = [(n, max(limit, 1.0)) for n, limit in enumerate(limits, start=1) if limit < inf]
        shares = np.zeros(self.n_columns)
        for quantity, limit in finite:
            shares += self.uses[:, quantity] / limit
        modest = self._solved(shares)
        if modest is None or (modest @ self.uses[:, 1:] <= np.array(limits)).all():
            return modest is not None
        return self._solved(shares, limits) is not None

    def nearest(self, limits: Sequence[float]) -> tuple[int, ...] | None:
        """The choice whose surpluses over the limits, each as a share of its limit, add up to the
        least; None if there is no choice at all."""
        finite = [(n, limit) for n, limit in enumerate(limits, start=1) if limit < inf]
        rows, bounds = list(self._rows), list(self._bounds)
        for surplus, (quantity, limit) in enumerate(finite):
            index = np.flatnonzero(self.uses[:, quantity])
            share = self.uses[index, quantity] / max(limit, 1.0)
            column = self.n_columns + surplus
            rows.append((np.append(index, column), np.append(share, -1.0)))
            bounds.append((-inf, limit / max(limit, 1.0)))
        costs = np.append(np.zeros(self.n_columns), np.ones(len(finite)))
        return self._chosen(minimum(costs, rows, bounds, n_integer=self.n_choices))

    def _chosen(self, values: NDArray | None) -> tuple[int, ...] | None:
        if values is None:
            return None
        return tuple(
            int(np.argmax(values[before:after]))
            for before, after in zip(self.first[:-1], self.first[1:], strict=True)
        )

    def _solved(self, costs: NDArray, limits: Sequence[float] = ()) -> NDArray | None:
        """Each column's value when the costs are least; None if that can't be."""
        rows, bounds = list(self._rows), list(self._bounds)
        for limited, limit in enumerate(limits, start=1):
            if limit < inf:
                index = np.flatnonzero(self.uses[:, limited])
                rows.append((index, self.uses[index, limited]))
                bounds.append((-inf, limit))
        return minimum(costs, rows, bounds, n_integer=self.n_choices)
