"""What plans take as the search counts it: candidates add up to that."""

from quant.network import INPUT
from shiftconv.area import Area
from shiftconv.estimates import edge_area, queue_area, shell_area
from shiftconv.plan.areas import counted_area
from shiftconv.plan.plan import Plan
from shiftconv.plan.resources import RESOURCES

__all__ = ["most_taken", "parts_area"]


def parts_area(plan: Plan) -> Area:
    """Area of a plan's stages, of the streams between them and of what is around them, but for the
    queues, which follow from all of these together."""
    parts = [counted_area(stage) for stage in plan.stages]
    parts += [
        edge_area(plan.source_par(edge), plan.by_name[edge.target], edge.slot)
        for edge in plan.edges
    ]
    first = plan.by_name[next(edge.target for edge in plan.edges if edge.source == INPUT)]
    return sum(parts, shell_area(first, plan.stages[-1]))


def most_taken(plan: Plan) -> dict[str, float]:
    """Of each resource no less than a plan takes: as it is counted, and as it is."""
    kinds, family = plan.queue_memory_kinds, plan.target.family
    queues = [
        queue_area(memory, family, kinds.get(name)) for name, memory in plan.queue_memories.items()
    ]
    counted = sum(queues, parts_area(plan))
    return {name: max(getattr(counted, name), getattr(plan.area, name)) for name in RESOURCES}
