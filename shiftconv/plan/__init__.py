"""Network and target to a plan: every decision, made before a signal exists."""

from shiftconv.plan.candidates import cheapest_folding
from shiftconv.plan.edges import Edge
from shiftconv.plan.errors import PlanError
from shiftconv.plan.plan import Plan
from shiftconv.plan.search import make_plan

__all__ = ["Edge", "Plan", "PlanError", "cheapest_folding", "make_plan"]
