"""What stages, streams and queues take of a device, as far as plans are compared by it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from quant.network import INPUT
from shiftconv.area import Area
from shiftconv.estimates import (
    edge_area,
    logic_area,
    queue_area,
    shell_area,
    stored_area,
)
from shiftconv.gateware.memory_area import sensible_kinds
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.plan.plan import Plan
from shiftconv.stages import Stage

__all__ = [
    "edge_area",
    "logic_area",
    "memory_options",
    "parts_area",
    "plan_area",
    "queue_area",
    "queues_area",
    "shell_area",
    "stage_area",
]


def stage_area(stage: Stage) -> Area:
    """Area of a stage, its memories made of what it says."""
    kinds = stage.memory_kinds.values()
    return sum(_memory_areas(stage.memories, kinds, stage.target.family), logic_area(stage))


@lru_cache(maxsize=100_000)
def memory_options(shape: MemoryShape, family: str) -> tuple[tuple[MemoryKind, Area], ...]:
    """What a memory may sensibly be made of, and what it then takes."""
    kinds = sensible_kinds(shape, family)
    return tuple((kind, stored_area(shape, kind, family)) for kind in kinds)


def parts_area(plan: Plan) -> Area:
    """Area of a plan's stages, of the streams between them and of what is around them: what choices
    add up to."""
    parts = [stage_area(stage) for stage in plan.stages]
    parts += [
        edge_area(plan.source_par(edge), plan.by_name[edge.target], edge.slot)
        for edge in plan.edges
    ]
    first = plan.by_name[next(edge.target for edge in plan.edges if edge.source == INPUT)]
    return sum(parts, shell_area(first, plan.stages[-1]))


def queues_area(plan: Plan) -> Area:
    """Area of what follows from all of a plan's parts together: its queues."""
    kinds = plan.queue_memory_kinds
    return sum(
        (
            queue_area(memory, plan.target.family, kinds.get(name))
            for name, memory in plan.queue_memories.items()
        ),
        Area(),
    )


def plan_area(plan: Plan) -> Area:
    """Area of a whole accelerator, bits of memories that never change included."""
    return parts_area(plan) + queues_area(plan)


def _memory_areas(
    memories: Iterable[MemoryShape], kinds: Iterable[MemoryKind], family: str | None
) -> Sequence[Area]:
    if family is None:
        return []
    pairs = zip(memories, kinds, strict=True)
    return [stored_area(memory, kind, family) for memory, kind in pairs]
