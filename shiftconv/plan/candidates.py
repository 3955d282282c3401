"""What a layer may become."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from operator import add, itemgetter, le
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quant.layers import Layer
from shiftconv.area import Area
from shiftconv.estimates import logic_area, queue_area
from shiftconv.gateware.memory_area import default_kind
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.plan.areas import counted_area, memory_options
from shiftconv.plan.errors import PlanError
from shiftconv.plan.resources import DEFAULT_PRICES, Prices
from shiftconv.stages import STAGES, Stage
from shiftconv.target import ANY_TARGET, Target

__all__ = ["Candidates", "Use", "Wanted", "cheapest_folding", "undominated"]

Use = tuple[float, ...]
"""What an area is worth, and what it takes of each resource that is short."""


@dataclass(frozen=True)
class Wanted:
    """What candidates are for.

    Parameters
    ----------
    limit : float
        Cycles per frame that none exceeds.
    target : Target
    prices : Prices
    limited : tuple of str
        Resources that may be short: a candidate that takes less of one is kept.
    timed : bool
        Whether one candidate stands for another only if its beats leave in the same cycles too.
    """

    limit: float = inf
    target: Target = ANY_TARGET
    prices: Prices = DEFAULT_PRICES
    limited: tuple[str, ...] = ()
    timed: bool = False

    def use(self, area: Area) -> Use:
        """What an area is worth, and what it takes of each resource that is short."""
        return self.prices.weigh(area), *(getattr(area, name) for name in self.limited)

    def options(self, stage: Stage) -> list[tuple[tuple[MemoryKind, ...] | None, Use]]:
        """What a stage's memories may be made of, and what it takes then; no option betters
        another."""
        family = stage.target.family
        if family is None:
            return [(None, self.use(counted_area(stage)))]
        found: list[tuple[tuple[MemoryKind, ...], Use]] = [((), self.use(logic_area(stage)))]
        for shape in stage.memories:
            wider = [
                ((*kinds, kind), tuple(map(add, use, taken)))
                for kinds, use in found
                for kind, taken in self.memory_options(shape, family)
            ]
            found = _front(wider)
        return list(found)

    def memory_options(self, shape: MemoryShape, family: str) -> list[tuple[MemoryKind, Use]]:
        """The same of one memory."""
        return _memory_uses(shape, family, self.prices, self.limited)

    def queue_options(self, shape: MemoryShape) -> list[tuple[MemoryKind | None, Use]]:
        """The same of a queue with this memory."""
        family = self.target.family
        if family is None:
            return [(None, self.use(queue_area(shape)))]
        kinds = [kind for kind, _ in self.memory_options(shape, family)]
        return [(kind, self.use(queue_area(shape, family, kind))) for kind in kinds]


@lru_cache(maxsize=100_000)
def _memory_uses(
    shape: MemoryShape, family: str, prices: Prices, limited: tuple[str, ...]
) -> list[tuple[MemoryKind, Use]]:
    """What one memory may be made of, and what it takes then.

    Larger memories are no choice where nobody says how many there are: what suits them best lies
    there, and nothing else.
    """
    wanted = Wanted(prices=prices, limited=limited)
    options = memory_options(shape, family)
    if "big_ram" not in limited:
        best = default_kind(shape, family) == "big"
        options = tuple((kind, area) for kind, area in options if (kind == "big") == best)
    return _front([(kind, wanted.use(area)) for kind, area in options])


def _front(options: list[tuple[Any, Use]]) -> list[tuple[Any, Use]]:
    """Those that no other one equals or betters in every quantity; of equal ones the first."""
    kept: list[tuple[Any, Use]] = []
    for option in sorted(options, key=itemgetter(1)):
        use = option[1]
        if not any(all(map(le, other, use)) for _, other in kept):
            kept.append(option)
    return kept


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
    """All that a layer may become, as a table.

    Parameters
    ----------
    stages : tuple of Stage
        Of equal foldings, equal ones.
    kinds : tuple
        What the memories of each are made of.
    cycles, in_par, out_par : ndarray of int64, shape (n,)
    groups : ndarray of int64, shape (n, keys)
        Those of one group may stand for each other.
    uses : ndarray of float64, shape (n, 1 + resources that are short)
    """

    stages: tuple[Stage, ...]
    kinds: tuple[tuple[MemoryKind, ...] | None, ...]
    cycles: NDArray[np.int64]
    in_par: NDArray[np.int64]
    out_par: NDArray[np.int64]
    groups: NDArray[np.int64]
    uses: NDArray[np.float64]

    @classmethod
    def of_layer(cls, name: str, layer: Layer, wanted: Wanted) -> "Candidates":
        """Those of one layer that no other one betters.

        Raises
        ------
        PlanError
            If there is no hardware for it, or none that is fast enough.
        """
        rows = [
            (stage, kinds, n * wanted.timed, use)
            for n, stage in enumerate(_fast_enough(name, layer, wanted))
            for kinds, use in wanted.options(stage)
        ]
        groups = np.array([(stage.in_par, stage.out_par, n) for stage, _, n, _ in rows])
        cycles = np.array([stage.cycles for stage, *_ in rows])
        uses = np.array([use for *_, use in rows], float)
        kept = undominated(groups, np.column_stack([cycles, uses]))
        groups = groups[kept]
        return cls(
            stages=tuple(rows[n][0] for n in kept),
            kinds=tuple(rows[n][1] for n in kept),
            cycles=cycles[kept],
            in_par=groups[:, 0],
            out_par=groups[:, 1],
            groups=groups,
            uses=uses[kept],
        )

    def within(self, limit: float) -> NDArray[np.int64]:
        """Which are fast enough, and bettered by none that is, their cycles apart."""
        fast = np.flatnonzero(self.cycles <= limit)
        return fast[undominated(self.groups[fast], self.uses[fast])]

    def stage(self, n: int) -> Stage:
        """One of them."""
        return replace(self.stages[n], kinds=self.kinds[n])


def _fast_enough(name: str, layer: Layer, wanted: Wanted) -> Iterator[Stage]:
    """Stages that need no more cycles than is wanted."""
    if layer.kind not in STAGES:
        raise PlanError(f"{name} is a {layer.kind}, which has no hardware")
    stage_type = STAGES[layer.kind]
    fastest = inf
    for folding in stage_type.foldings(layer):
        stage = stage_type(name, layer, folding, wanted.target)
        fastest = min(fastest, stage.cycles)
        if stage.cycles <= wanted.limit:
            yield stage
            for element in stage.other_elements:
                yield replace(stage, element=element)
    if fastest > wanted.limit:
        raise PlanError(
            f"{name} needs at least {fastest} cycles per frame, but only {wanted.limit} are allowed"
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
    candidates = Candidates.of_layer("The layer", layer, Wanted(limit=limit, target=target))
    return candidates.stages[int(np.argmin(candidates.uses[:, 0]))].folding
