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
    n_columns, n_rows : int
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
        self.n_columns, self.n_rows = column, len(self._rows)

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
        found, undecided = self._tried(limits)
        if undecided:
            found = self._solved(0, limits)
        return self._chosen(found)

    def possible(self, limits: Sequence[float] = ()) -> bool:
        """Whether any choice keeps the limits."""
        found, undecided = self._tried(limits, any_will_do=True)
        return (self._solved(0, limits) if undecided else found) is not None

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

    def _tried(
        self, limits: Sequence[float], *, any_will_do: bool = False
    ) -> tuple[NDArray | None, bool]:
        """A solution found without looking at the limits, and whether that leaves the answer open.

        Most limits hold by themselves, and most that no choice keeps, none would keep alone.
        """
        values = self._solved(0)
        if values is None or not (broken := self._broken(values, limits)):
            return values, False
        for quantity in broken:
            least = self._solved(quantity)
            missed = self._broken(least, limits) if least is not None else [quantity]
            if quantity in missed:
                return None, False
            if any_will_do and not missed:
                return least, False
        return None, True

    def _broken(self, values: NDArray, limits: Sequence[float]) -> list[int]:
        """Quantities of which a solution takes too much."""
        taken = values @ self.uses[:, 1:]
        return (1 + np.flatnonzero(taken > np.array(limits))).tolist() if len(limits) else []

    def _chosen(self, values: NDArray | None) -> tuple[int, ...] | None:
        if values is None:
            return None
        return tuple(
            int(np.argmax(values[before:after]))
            for before, after in zip(self.first[:-1], self.first[1:], strict=True)
        )

    def _solved(self, quantity: int, limits: Sequence[float] = ()) -> NDArray | None:
        """Each column's value when one quantity is least; None if that can't be."""
        rows, bounds = list(self._rows), list(self._bounds)
        for limited, limit in enumerate(limits, start=1):
            if limit < inf:
                index = np.flatnonzero(self.uses[:, limited])
                rows.append((index, self.uses[index, limited]))
                bounds.append((-inf, limit))
        return minimum(self.uses[:, quantity], rows, bounds, n_integer=self.n_choices)
