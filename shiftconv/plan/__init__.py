"""Network and target to a plan: every decision, made before a signal exists."""

from shiftconv.plan.candidates import cheapest_folding
from shiftconv.plan.edges import Edge
from shiftconv.plan.errors import PlanError
from shiftconv.plan.goal import Goal
from shiftconv.plan.make import find_plan, make_plan
from shiftconv.plan.plan import Plan
from shiftconv.plan.resources import Budget, Prices
from shiftconv.plan.search import Found, Search
from shiftconv.plan.shortage import ShortageError

__all__ = [
    "Budget",
    "Edge",
    "Found",
    "Goal",
    "Plan",
    "PlanError",
    "Prices",
    "Search",
    "ShortageError",
    "cheapest_folding",
    "find_plan",
    "make_plan",
]
