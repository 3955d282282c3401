"""Plan of a point, and the area that it is expected to take."""

from typing import Any

from boards import Board
from quant.network import INPUT, Network
from shiftconv.area import Area
from shiftconv.fit import Fit, place_memories
from shiftconv.flow.sweep.points import Point
from shiftconv.plan import Plan, make_plan
from shiftconv.plan.areas import edge_area, stage_area
from shiftconv.target import Target

__all__ = ["estimated_area", "plan_of_point"]


def plan_of_point(network: Network, board: Board, point: Point) -> Plan:
    """The plan that a point asks for; raises PlanError if there is none."""
    target = Target(family=board.family, structure=point.structure, loaded=point.load_weights)
    plan = make_plan(network, max_cycles=point.rate.cycle_limit, target=target)
    return place_memories(plan, board)


def estimated_area(plan: Plan, fit: Fit) -> dict[str, Any]:
    """Columns ``lut``, ``ff``, ``bram`` and ``dsp``: what stages and streams take as plans are
    compared by it, and block memories as they are placed on the board."""
    total = Area()
    for stage in plan.stages:
        total += stage_area(stage)
    for edge in plan.edges:
        if edge.source != INPUT:
            total += edge_area(plan.source_par(edge), plan.by_name[edge.target], edge.slot)
    needs = {need.resource: need.needed for need in fit.needs}
    return {"lut": total.lut, "ff": total.ff or None, "bram": needs["bram"], "dsp": total.dsp}
