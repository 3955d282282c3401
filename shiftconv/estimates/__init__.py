"""Area of stages, and of what lies between them, from their parameters alone."""

from shiftconv.estimates.area import (
    DEFAULT_FAMILY,
    edge_area,
    logic_area,
    queue_area,
    shell_area,
    stage_area,
    stored_area,
)

__all__ = [
    "DEFAULT_FAMILY",
    "edge_area",
    "logic_area",
    "queue_area",
    "shell_area",
    "stage_area",
    "stored_area",
]
