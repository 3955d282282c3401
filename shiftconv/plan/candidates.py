"""Stages that a layer may get."""

from math import inf
from typing import Any

from quant.layers import Layer
from shiftconv.plan.errors import PlanError
from shiftconv.stages import STAGES, Stage
from shiftconv.target import ANY_TARGET, Target

__all__ = ["candidate_stages", "cheapest_folding"]


def candidate_stages(name: str, layer: Layer, limit: float, target: Target) -> list[Stage]:
    """The cheapest stage for each pair of interface widths among those fast enough."""
    if layer.kind not in STAGES:
        raise PlanError(f"{name} is a {layer.kind}, which has no hardware")
    stage_type = STAGES[layer.kind]
    fastest = inf
    best: dict[tuple[int, int], tuple[float, Stage]] = {}
    for folding in stage_type.foldings(layer):
        stage = stage_type(name, layer, folding, target)
        cycles = stage.cycles
        fastest = min(fastest, cycles)
        if cycles > limit:
            continue
        key, cost = (stage.in_par, stage.out_par), stage.cost
        if key not in best or cost < best[key][0]:
            best[key] = cost, stage
    if not best:
        raise PlanError(
            f"{name} needs at least {fastest} cycles per frame, but only {limit} are allowed"
        )
    return [stage for _, stage in best.values()]


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
    candidates = candidate_stages("The layer", layer, limit, target)
    return min(candidates, key=lambda stage: stage.cost).folding
