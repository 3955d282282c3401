"""Every decision about an accelerator, made before a signal exists."""

from dataclasses import dataclass
from math import gcd, inf
from typing import Any

from quant.layers import Layer
from quant.network import Network
from shiftconv.gateware.beat import n_beats
from shiftconv.gateware.width_adapter import WidthAdapter
from shiftconv.stages import STAGES, Stage

__all__ = ["Plan", "PlanError", "cheapest_folding", "make_plan"]


class PlanError(ValueError):
    """What was asked for can't be had; the message says which layer is in the way."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A network and, for each layer, its stage.

    Parameters
    ----------
    network : Network
    stages : tuple of Stage
        One per layer, in order.
    """

    network: Network
    stages: tuple[Stage, ...]

    @property
    def cycles_per_frame(self) -> int:
        """Cycles per frame in steady state: those of the slowest stage or width adapter."""
        adapters = (
            _adapter_cycles(before, after)
            for before, after in zip(self.stages, self.stages[1:], strict=False)
        )
        return max(*(stage.cycles for stage in self.stages), *adapters, 0)

    @property
    def lanes(self) -> int:
        """Lanes of all stages."""
        return sum(stage.lanes for stage in self.stages)

    @property
    def memory_bits(self) -> int:
        """Memory bits of all stages."""
        return sum(stage.memory_bits for stage in self.stages)

    def rows(self) -> list[dict[str, Any]]:
        """The plan as a table, one row per stage."""
        return [
            {
                "name": stage.name,
                "kind": stage.kind,
                "out_shape": list(stage.layer.out_shape),
                "macs": stage.layer.macs,
                "lanes": stage.lanes,
                "folds": stage.folds,
                "cycles": stage.cycles,
                "memory_bits": stage.memory_bits,
                "in_par": stage.in_par,
                "out_par": stage.out_par,
            }
            for stage in self.stages
        ]

    @property
    def latency_cycles(self) -> int:
        """Cycles from a lone frame's first input beat to its last output beat.

        An estimate: rows are followed from stage to stage, each starting when its rows and the row
        before it are done; that rows of one stage may wait for room in the next is left out.
        """
        first = self.stages[0].schedule
        rows = [(n + 1) * first.row_beats - 1 for n in range(first.geometry.height)]
        previous: Stage | None = None
        for stage in self.stages:
            buffers = 1 if previous is None else 1 + _adapter_latency(previous, stage)
            rows = _row_times(stage, [row + buffers for row in rows])
            previous = stage
        return rows[-1] + 1


def _row_times(stage: Stage, arrivals: list[int]) -> list[int]:
    """When each output row of a stage is there, given when its input rows are taken."""
    schedule = stage.schedule
    # A stage may see its input rows as one: a dense layer's image is a single pixel.
    per_row = len(arrivals) // schedule.geometry.height
    arrivals = arrivals[per_row - 1 :: per_row]
    done, kept, free_at = [], 0, 0
    for step in schedule.steps:
        start = max(arrivals[kept + step.need - 1] + 1, free_at)
        free_at = start + stage.row_cycles
        done.append(free_at + stage.latency)
        kept += step.free
    return done


def _adapter_latency(before: Stage, after: Stage) -> int:
    """Cycles that a pixel's last channel spends in the width adapter between two stages."""
    if before.out_par == after.in_par:
        return 0
    unit = gcd(before.out_par, after.in_par)
    n_last = (after.layer.in_shape[2] - 1) % before.out_par + 1
    narrow = n_beats(n_last, unit) if unit < before.out_par else 0
    return narrow + (unit < after.in_par)


def _adapter_cycles(before: Stage, after: Stage) -> int:
    """Cycles per frame of the width adapter between two stages; 0 if none is needed."""
    if before.out_par == after.in_par:
        return 0
    height, width, channels = after.layer.in_shape
    return height * width * WidthAdapter.cycles(channels, before.out_par, after.in_par)


def _adapter_cost(before: Stage, after: Stage) -> float:
    """Rough LUTs of the width adapter between two stages."""
    if before.out_par == after.in_par:
        return 0.0
    width = max(before.out_par, after.in_par) * after.layer.in_format.width
    return 15 + width * (1 if before.out_par > after.in_par else 0.2)


def _candidates(name: str, layer: Layer, limit: float) -> list[Stage]:
    """The cheapest stage for each pair of interface widths among those fast enough."""
    stage_type = STAGES[layer.kind]
    fastest = inf
    best: dict[tuple[int, int], tuple[float, Stage]] = {}
    for folding in stage_type.foldings(layer):
        stage = stage_type(name, layer, folding)
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


def cheapest_folding(layer: Layer, *, max_cycles: int | None = None) -> Any:
    """The folding of one layer that is cheapest within ``max_cycles`` cycles per frame.

    Raises
    ------
    PlanError
        If the layer can't be that fast.
    """
    candidates = _candidates("The layer", layer, inf if max_cycles is None else max_cycles)
    return min(candidates, key=lambda stage: stage.cost).folding


def make_plan(network: Network, *, max_cycles: int | None = None) -> Plan:
    """Choose the cheapest folding of every layer.

    Parameters
    ----------
    network : Network
    max_cycles : int, optional
        Cycles per frame that no stage may exceed. Without it, the least area.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        If a layer can't be that fast; the message says which and how fast it can be.

    Notes
    -----
    The sum of the stages' and width adapters' estimated costs is minimal over all combinations of
    the foldings that the stages offer: dynamic programming along the chain, one state per stage.
    """
    limit = inf if max_cycles is None else max_cycles
    if limit < 1:
        raise PlanError(f"Cycles per frame must be a positive integer, not {max_cycles!r}")
    # For each width of the last stage's output, the cheapest chain of stages that ends so.
    paths: dict[int, tuple[float, tuple[Stage, ...]]] = {0: (0.0, ())}
    for node in network.nodes:
        if node.layer.kind not in STAGES:
            raise PlanError(f"{node.name} is a {node.layer.kind}, which has no hardware")
        extended: dict[int, tuple[float, tuple[Stage, ...]]] = {}
        for stage in _candidates(node.name, node.layer, limit):
            for total, path in paths.values():
                if path and _adapter_cycles(path[-1], stage) > limit:
                    continue
                total += stage.cost + (_adapter_cost(path[-1], stage) if path else 0)
                if total < extended.get(stage.out_par, (inf,))[0]:
                    extended[stage.out_par] = total, (*path, stage)
        if not extended:
            raise PlanError(
                f"The stream into {node.name} can't be regrouped in {limit} cycles per frame"
            )
        paths = extended
    return Plan(network, min(paths.values(), key=lambda option: option[0])[1])
