"""Plan of a point, and the area that it is expected to take."""

from typing import Any

from boards import Board
from quant.network import Network
from shiftconv.fit import Fit, place_memories
from shiftconv.flow.sweep.points import Point
from shiftconv.plan import Plan, make_plan
from shiftconv.target import Target

__all__ = ["estimated_area", "plan_of_point"]


def plan_of_point(network: Network, board: Board, point: Point) -> Plan:
    """The plan that a point asks for; raises PlanError if there is none."""
    target = Target(family=board.family, structure=point.structure, loaded=point.load_weights)
    plan = make_plan(network, max_cycles=point.rate.cycle_limit, target=target)
    return place_memories(plan, board)


def estimated_area(plan: Plan, fit: Fit) -> dict[str, Any]:
    """Columns ``lut``, ``ff``, ``bram`` and ``dsp``: the plan's estimates, and block memories as
    they are placed on the board."""
    area = plan.area
    needs = {need.resource: need.needed for need in fit.needs}
    return {"lut": area.lut, "ff": area.ff, "bram": needs["bram"], "dsp": area.dsp}
