"""What stages and streams take of a device, as far as plans are compared by it."""

from shiftconv.area import Area
from shiftconv.plan.edges import adapter_cost
from shiftconv.stages import Stage

__all__ = ["edge_area", "stage_area"]


def stage_area(stage: Stage) -> Area:
    """Area of a stage."""
    return Area(lut=round(stage.cost))


def edge_area(before: int, stage: Stage, slot: int) -> Area:
    """Area of the stream into one of a stage's inputs, ``before`` channels per beat in."""
    return Area(lut=round(adapter_cost(before, stage)))
