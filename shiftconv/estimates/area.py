"""Estimates of what is in an accelerator."""

from shiftconv.area import Area
from shiftconv.estimates.components import Part
from shiftconv.estimates.model import area_of_parts
from shiftconv.estimates.stage_parts import logic_of, parts_of
from shiftconv.gateware.memory_area import default_kind
from shiftconv.gateware.memory_kind import MemoryKind
from shiftconv.gateware.memory_shape import MemoryShape
from shiftconv.stages import Stage

__all__ = [
    "DEFAULT_FAMILY",
    "edge_area",
    "logic_area",
    "queue_area",
    "shell_area",
    "stage_area",
    "stored_area",
]

DEFAULT_FAMILY = "xcup"
"""Whose units an estimate has if the target is any family."""


def stage_area(stage: Stage, *, exact: bool = False) -> Area:
    """Area of a stage on its target's family.

    LUTs, flip-flops and carries are estimates by a model that is fitted to synthesized stages;
    block memories and LUTs used as memory are counts. If those are to be ``exact``, bits of
    memories that are the same in all words do not count; to find them takes a while.
    """
    family = stage.target.family or DEFAULT_FAMILY
    return area_of_parts(parts_of(stage, family, exact=exact), family)


def logic_area(stage: Stage) -> Area:
    """Area of a stage but for its memories."""
    family = stage.target.family or DEFAULT_FAMILY
    return area_of_parts(logic_of(stage, family), family)


def stored_area(memory: MemoryShape, kind: MemoryKind, family: str) -> Area:
    """Area of memories by themselves."""
    return area_of_parts([("memory", (memory, kind, family), 1)], family)


def edge_area(before: int, stage: Stage, slot: int = 0) -> Area:
    """Area of the stream into one of a stage's inputs: a buffer, and a width adapter if ``before``
    channels per beat are not what the stage takes."""
    family = stage.target.family or DEFAULT_FAMILY
    (_, _, channels), fmt = stage.layer.inputs[slot]
    parts: list[Part] = [
        ("stream_buffer", (before * fmt.width + 1,), 1),
        ("width_adapter", (fmt.width, channels, before, stage.in_par, True), 1),
    ]
    return area_of_parts(parts, family)


def queue_area(
    memory: MemoryShape, family: str | None = None, kind: MemoryKind | None = None
) -> Area:
    """Area of a :class:`StreamQueue` with this memory, of what suits the family if nothing else is
    asked for."""
    family = family or DEFAULT_FAMILY
    kind = kind or default_kind(memory, family)
    parts: list[Part] = [
        ("stream_queue", (memory.depth,), 1),
        ("memory", (memory, kind, family), 1),
    ]
    return area_of_parts(parts, family)


def shell_area(first: Stage, last: Stage) -> Area:
    """Area of what an accelerator has around its stages but for queues: frame guard and gate,
    marker, a buffer before the gate."""
    family = first.target.family or DEFAULT_FAMILY
    (height, width, channels), fmt = first.layer.inputs[0]
    out_bits = last.out_par * last.layer.out_format.width + 1
    shell = first.in_par, fmt.width, channels, height * width, out_bits
    return area_of_parts([("shell", shell, 1)], family)
