"""The solver behind plans."""

import numpy as np
import pytest

from shiftconv.plan import solver
from shiftconv.plan.solver import minimum


def knapsack(rng):
    """Costs, rows and bounds of which the relaxation is not whole."""
    costs, sizes = rng.integers(1, 50, (2, 12)).astype(float)
    return costs, [(np.arange(12), sizes)], [(sizes.sum() / 2 + 0.5, np.inf)]


def test_another_way_is_tried_where_there_is_no_answer(rng, monkeypatch):
    costs, rows, bounds = knapsack(rng)
    known = minimum(costs, rows, bounds, n_integer=12)
    gives_up = {"simplex_iteration_limit": 0, "presolve": "off", "mip_max_nodes": 0}
    monkeypatch.setattr(solver, "WAYS", (gives_up, {}))
    assert (minimum(costs, rows, bounds, n_integer=12) == known).all()
    monkeypatch.setattr(solver, "WAYS", (gives_up,))
    with pytest.raises(RuntimeError, match="The solver gave up: "):
        minimum(costs, rows, bounds, n_integer=12)
