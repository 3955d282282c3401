"""What a layer may become."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.layers import Layer
from shiftconv.area import Area
from shiftconv.plan.areas import stage_area
from shiftconv.plan.errors import PlanError
from shiftconv.plan.resources import RESOURCES, Prices
from shiftconv.stages import STAGES, Stage
from shiftconv.target import ANY_TARGET, Target

__all__ = ["Candidates", "cheapest_folding", "undominated", "use_of"]


def use_of(area: Area, prices: Prices) -> tuple[float, ...]:
    """What an area is worth, and what it takes of each resource."""
    return prices.weigh(area), *(getattr(area, name) for name in RESOURCES)


def undominated(groups: NDArray, uses: NDArray) -> NDArray[np.int64]:
    """Rows that no other row of their group equals or betters in every quantity.

    Parameters
    ----------
    groups : ndarray of int64, shape (n, keys)
        Rows of equal keys are a group.
    uses : ndarray of float64, shape (n, quantities)

    Returns
    -------
    ndarray of int64
        In ascending order. Of equal rows the first one stays.
    """
    order = np.lexsort([*uses.T[::-1], *groups.T[::-1]])
    starts = np.flatnonzero(np.any(np.diff(groups[order], axis=0), axis=1)) + 1
    kept = []
    for group in np.split(order, starts):
        front = uses[group]
        while len(group):
            # The first row in this order is bettered by none that is left.
            kept.append(group[0])
            beaten = np.all(front >= front[0], axis=1)
            group, front = group[~beaten], front[~beaten]
    return np.sort(np.array(kept, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Candidates:
    """All that a layer may become within a number of cycles, as a table.

    Parameters
    ----------
    stages : tuple of Stage
    cycles, in_par, out_par : ndarray of int64, shape (n,)
    uses : ndarray of float64, shape (n, 1 + len(RESOURCES))
        As :func:`use_of` gives them.
    """

    stages: tuple[Stage, ...]
    cycles: NDArray[np.int64]
    in_par: NDArray[np.int64]
    out_par: NDArray[np.int64]
    uses: NDArray[np.float64]

    @classmethod
    def of_layer(
        cls, name: str, layer: Layer, *, limit: float, target: Target, prices: Prices
    ) -> "Candidates":
        """Those of one layer that no other one betters.

        Raises
        ------
        PlanError
            If there is no hardware for it, or none that is fast enough.
        """
        stages = list(_fast_enough(name, layer, limit, target))
        widths = np.array([(stage.in_par, stage.out_par) for stage in stages])
        cycles = np.array([stage.cycles for stage in stages])
        uses = np.array([use_of(stage_area(stage), prices) for stage in stages], float)
        kept = undominated(widths, np.column_stack([cycles, uses]))
        in_par, out_par = widths[kept].T
        return cls(tuple(stages[n] for n in kept), cycles[kept], in_par, out_par, uses[kept])

    def within(self, limit: float, quantities: NDArray) -> NDArray[np.int64]:
        """Which are fast enough and not bettered by another one in any of the quantities."""
        fast = np.flatnonzero(self.cycles <= limit)
        widths = np.column_stack([self.in_par[fast], self.out_par[fast]])
        return fast[undominated(widths, self.uses[np.ix_(fast, quantities)])]


def _fast_enough(name: str, layer: Layer, limit: float, target: Target) -> Iterator[Stage]:
    """Stages that need no more than ``limit`` cycles."""
    if layer.kind not in STAGES:
        raise PlanError(f"{name} is a {layer.kind}, which has no hardware")
    stage_type = STAGES[layer.kind]
    fastest = inf
    for folding in stage_type.foldings(layer):
        stage = stage_type(name, layer, folding, target)
        fastest = min(fastest, stage.cycles)
        if stage.cycles <= limit:
            yield stage
    if fastest > limit:
        raise PlanError(
            f"{name} needs at least {fastest} cycles per frame, but only {limit} are allowed"
        )


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
    candidates = Candidates.of_layer(
        "The layer", layer, limit=limit, target=target, prices=Prices()
    )
    return candidates.stages[int(np.argmin(candidates.uses[:, 0]))].folding
