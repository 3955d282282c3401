"""What a planner can't do."""

__all__ = ["PlanError"]


class PlanError(ValueError):
    """What was asked for can't be had; the message says which layer is in the way."""
