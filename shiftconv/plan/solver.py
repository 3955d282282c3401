"""Exact integer programming, the same each time."""

from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

__all__ = ["minimum"]

OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 1e-6,
}


def minimum(
    costs: NDArray,
    rows: Sequence[tuple[NDArray, NDArray]],
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

    References
    ----------
    Q. Huangfu and J. A. J. Hall, *Parallelizing the dual revised simplex method*, Mathematical
    Programming Computation 10 (2018): HiGHS.
    """
    n, integer = len(costs), highspy.HighsVarType.kInteger
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n, len(rows)
    model.col_cost_ = costs
    model.col_lower_ = np.zeros(n)
    model.col_upper_ = np.append(np.ones(n_integer), np.full(n - n_integer, highspy.kHighsInf))
    model.row_lower_, model.row_upper_ = np.array(bounds).T
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.cumsum([0, *(len(index) for index, _ in rows)]).astype(np.int32)
    matrix.index_ = np.concatenate([index for index, _ in rows]).astype(np.int32)
    matrix.value_ = np.concatenate([value for _, value in rows])
    rest = [highspy.HighsVarType.kContinuous] * (n - n_integer)
    model.integrality_ = [integer] * n_integer + rest
    solver = highspy.Highs()
    for name, value in OPTIONS.items():
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    if status != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"The solver gave up: {solver.modelStatusToString(status)}")
    return np.round(solver.getSolution().col_value)
