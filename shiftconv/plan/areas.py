"""Areas of stages and of their memories: as candidates are counted, and as they are."""

from functools import lru_cache

from shiftconv.area import Area
from shiftconv.estimates import DEFAULT_FAMILY, logic_area, stored_area
from shiftconv.estimates.model import area_of_parts
from shiftconv.estimates.stage_parts import parts_of
from shiftconv.gateware.memory_area import default_kind, sensible_kinds
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.stages import Stage

__all__ = ["counted_area", "memory_options", "stage_area"]


@lru_cache(maxsize=100_000)
def memory_options(shape: MemoryShape, family: str) -> tuple[tuple[MemoryKind, Area], ...]:
    """What a memory may sensibly be made of, and what it then takes."""
    kinds = sensible_kinds(shape, family)
    return tuple((kind, stored_area(shape, kind, family)) for kind in kinds)


def counted_area(stage: Stage) -> Area:
    """Area of a stage with all bits of its memories: what choices add up to."""
    family = stage.target.family or DEFAULT_FAMILY
    kinds = stage.memory_kinds
    parts = [
        stored_area(memory, kinds.get(memory.name) or default_kind(memory, family), family)
        for memory in stage.memories
    ]
    return sum(parts, logic_area(stage))


def stage_area(stage: Stage) -> Area:
    """The same without bits of memories that never change, which are none."""
    family = stage.target.family or DEFAULT_FAMILY
    parts = parts_of(stage, family, exact=True)
    memories = [area_of_parts([part], family) for part in parts if part[0] == "memory"]
    return sum(memories, logic_area(stage))
