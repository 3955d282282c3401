"""Which candidates together are the best: an integer program."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

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

    Every other quantity has a limit. Exact: the gap of the solver is zero, it runs on one thread
    and from one seed, so equal programs have equal answers.

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

    References
    ----------
    Q. Huangfu and J. A. J. Hall, *Parallelizing the dual revised simplex method*, Mathematical
    Programming Computation 10 (2018): HiGHS.
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

    def cut(self, coefficients: Sequence[NDArray], limit: float) -> None:
        """Demand that the coefficients of the chosen candidates add up to no more than a limit."""
        values = np.concatenate(coefficients)
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
        rows, bounds = list(self._rows), list(self._bounds)
        for quantity, limit in enumerate(limits, start=1):
            if limit < inf:
                index = np.flatnonzero(self.uses[:, quantity])
                rows.append((index, self.uses[index, quantity]))
                bounds.append((-inf, limit))
        solver = _solver()
        solver.passModel(self._model(rows, bounds))
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"The solver gave up: {solver.modelStatusToString(status)}")
        values = np.array(solver.getSolution().col_value)
        return tuple(
            int(np.argmax(values[before:after]))
            for before, after in zip(self.first[:-1], self.first[1:], strict=True)
        )

    def _model(
        self, rows: list[tuple[NDArray, NDArray]], bounds: list[tuple[float, float]]
    ) -> highspy.HighsLp:
        low, high = np.array(bounds).T
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.n_columns, len(rows)
        model.col_cost_ = self.uses[:, 0]
        model.col_lower_, model.col_upper_ = np.zeros(self.n_columns), np.ones(self.n_columns)
        model.row_lower_, model.row_upper_ = low, high
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.cumsum([0, *(len(index) for index, _ in rows)]).astype(np.int32)
        matrix.index_ = np.concatenate([index for index, _ in rows]).astype(np.int32)
        matrix.value_ = np.concatenate([value for _, value in rows])
        integer, continuous = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        model.integrality_ = [integer] * self.n_choices + [continuous] * (
            self.n_columns - self.n_choices
        )
        return model


def _solver() -> highspy.Highs:
    """A solver that answers exactly, silently, and the same each time."""
    solver = highspy.Highs()
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 0,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 1e-6,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver
