"""Exact integer programming, the same each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

__all__ = ["minimum"]

Row = tuple[NDArray, NDArray]

OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 1e-6,
    # A restart takes longer than all the rest where few columns are ruled out.
    "mip_allow_restart": False,
}
# What is tried one after the other where the solver ends without an answer, which is rare.
WAYS: tuple[dict[str, Any], ...] = ({}, {"presolve": "off"}, {"solver": "ipm"})
# Of the relaxation's value: by how much dearer columns are looked at first.
FIRST_GAP = 0.0002
WHOLE = 1e-6


def minimum(
    costs: NDArray,
    rows: Sequence[Row],
    bounds: Sequence[tuple[float, float]],
    *,
    n_integer: int,
) -> NDArray[np.float64] | None:
    """Values of no less than 0 with which ``costs @ values`` is least; None if there are none.

    The gap is zero; the solver runs on one thread and from one seed.

    Parameters
    ----------
    costs : ndarray of float64, shape (n,)
        Not negative.
    rows : sequence of (ndarray of int, ndarray of float64)
        Of sums that are bounded: which values, and how often each.
    bounds : sequence of (float, float)
        Of each of these sums.
    n_integer : int
        As many of the first values are 0 or 1. The values are rounded: those behind must come out
        whole by themselves.

    Notes
    -----
    The relaxation is solved first, and often it is whole. Otherwise no column of a reduced cost
    greater than a gap is in any solution that is less than the gap above the relaxation. So an
    integer program of the other columns, far fewer, is enough if what it finds is as close as that.

    References
    ----------
    Q. Huangfu and J. A. J. Hall, *Parallelizing the dual revised simplex method*, Mathematical
    Programming Computation 10 (2018): HiGHS. G. Dantzig, R. Fulkerson and S. Johnson, *Solution of
    a large-scale traveling-salesman problem*, Operations Research 2 (1954): reduced costs.
    """
    problem = _Problem(costs, rows, bounds, n_integer)
    relaxed = problem.solved(np.arange(len(costs)), integer=False)
    if relaxed is None:
        return None
    values, reduced = relaxed
    if (np.abs(values - np.round(values)) < WHOLE).all():
        return np.round(values)
    least = costs @ values
    gap = FIRST_GAP * least + WHOLE
    while True:
        kept = np.flatnonzero(reduced <= gap)
        found = problem.solved(kept, integer=True)
        above = np.inf if found is None else costs[kept] @ found[0] - least
        if above <= reduced[reduced > gap].min(initial=np.inf):
            break
        gap = min(above, 8 * gap)
    if found is None:
        return None
    whole = np.zeros(len(costs))
    whole[kept] = np.round(found[0])
    return whole


@dataclass(frozen=True, eq=False)
class _Problem:
    """What :func:`minimum` is asked, of which some columns may be looked at, all others being 0."""

    costs: NDArray
    rows: Sequence[Row]
    bounds: Sequence[tuple[float, float]]
    n_integer: int

    def solved(self, kept: NDArray, *, integer: bool) -> tuple[NDArray, NDArray] | None:
        """Values and reduced costs of some columns; None if no values are possible."""
        model = self._model(kept, integer=integer)
        for way in WAYS:
            solver = highspy.Highs()
            for name, value in (OPTIONS | way).items():
                solver.setOptionValue(name, value)
            solver.passModel(model)
            solver.run()
            status = solver.getModelStatus()
            if status == highspy.HighsModelStatus.kInfeasible:
                return None
            if status == highspy.HighsModelStatus.kOptimal:
                solution = solver.getSolution()
                return np.array(solution.col_value), np.array(solution.col_dual)
        raise RuntimeError(f"The solver gave up: {solver.modelStatusToString(status)}")

    def _model(self, kept: NDArray, *, integer: bool) -> highspy.HighsLp:
        n_rows, n_whole = len(self.rows), int(np.searchsorted(kept, self.n_integer))
        index = np.concatenate([index for index, _ in self.rows])
        value = np.concatenate([value for _, value in self.rows])
        row = np.repeat(np.arange(n_rows), [len(index) for index, _ in self.rows])
        place = np.full(len(self.costs), -1)
        place[kept] = np.arange(len(kept))
        there = place[index] >= 0
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(kept), n_rows
        model.col_cost_ = self.costs[kept]
        model.col_lower_ = np.zeros(len(kept))
        upper = (np.ones(n_whole), np.full(len(kept) - n_whole, highspy.kHighsInf))
        model.col_upper_ = np.concatenate(upper)
        model.row_lower_, model.row_upper_ = np.array(self.bounds).T
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        counts = np.bincount(row[there], minlength=n_rows)
        matrix.start_ = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
        matrix.index_ = place[index[there]].astype(np.int32)
        matrix.value_ = value[there]
        if integer:
            kinds = highspy.HighsVarType
            rest = [kinds.kContinuous] * (len(kept) - n_whole)
            model.integrality_ = [kinds.kInteger] * n_whole + rest
        return model
