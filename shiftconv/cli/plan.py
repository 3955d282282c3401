"""The command plan."""

from pathlib import Path
from typing import Any

import click
from rich import box
from rich.table import Table

from shiftconv.cli import tables
from shiftconv.cli.completion import complete_model
from shiftconv.cli.options import FilePath, scheme_options
from shiftconv.cli.planning import Planned, plan_of, planning_options
from shiftconv.cli.report import Report, reporting
from shiftconv.estimates import DEFAULT_FAMILY
from shiftconv.fit import Fit
from shiftconv.flow.plan_front import write_front
from shiftconv.plan.areas import plan_area
from shiftconv.plan.resources import NAMES

__all__ = ["fit_table", "plan"]

_TITLES = {"bram": "block memory", "big_ram": "large memory", "lut": "LUT, at least (estimate)"}


def _plan_result(planned: Planned) -> dict[str, Any]:
    plan, clock = planned.plan, planned.clock_mhz
    return {
        "name": plan.network.name,
        "cycles_per_frame": plan.cycles_per_frame,
        "latency_cycles": plan.latency_cycles,
        "macs_per_frame": plan.network.macs,
        "lanes": plan.lanes,
        "memory_bits": plan.memory_bits,
        "area": plan_area(plan).as_dict(),
        "family": plan.target.family or DEFAULT_FAMILY,
        "layers": plan.rows(),
        "estimates": {name: area.as_dict() for name, area in plan.areas.items()},
        "estimate": plan.area.as_dict(),
        "goal": planned.goal.as_dict(),
        "proved": planned.found.proved,
        "none_faster": planned.found.none_faster,
        "clock_mhz": clock,
        "frames_per_second": clock * 1e6 / plan.cycles_per_frame if clock else None,
    }


def fit_table(fit: Fit) -> Table:
    """What a plan needs of a board."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(f"on {fit.board}")
    for column in ("needed", "there", "missing"):
        table.add_column(column, justify="right")
    for need in fit.needs:
        figures = (need.needed, need.available, need.over)
        table.add_row(_TITLES[need.resource], *(f"{figure:,.10g}" for figure in figures))
    return table


def area_table(planned: Planned) -> Table:
    """What a plan takes of what it may take."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("estimate")
    for column in ("taken", "allowed"):
        table.add_column(column, justify="right")
    area, budget = plan_area(planned.plan), planned.goal.budget
    for name in budget.limited:
        figures = getattr(area, name), getattr(budget, name)
        table.add_row(NAMES[name], *(f"{figure:,.10g}" for figure in figures))
    return table


@click.command
@click.argument("model", shell_complete=complete_model)
@scheme_options
@planning_options
@click.option("--front", type=FilePath, help="Draw rates over LUTs: .svg, .png or .pdf.")
@reporting
def plan(report: Report, model: str, front: Path | None, **choices: Any) -> int:
    """Choose folding, lanes and memories of every layer: the best plan of all.

    Of the least area, at no more than --max-cycles (or at --fps) if that is given. With --lut,
    --ff, --bram or --big-ram and no rate: the highest rate. Every limit that is given holds, and
    what the board has. Without any number the least area, and whether it fits the --board.
    """
    with report.progress("Planning"):
        planned = plan_of(model, **choices)
    result = _plan_result(planned)
    report.show(tables.plan_table(result))
    if planned.goal.budget.limited and planned.shortage is None:
        report.show(area_table(planned))
    if not planned.found.proved:
        faster = "no plan is faster; " if planned.found.none_faster else ""
        report.show(f"{faster}that no plan is better is not proved")
    if planned.fit:
        result["fit"] = planned.fit.as_dict()
        if planned.shortage:
            result["shortage"] = planned.shortage.as_dict()
        report.show(fit_table(planned.fit), planned.verdict())
    if front is not None:
        with report.progress("Front"):
            points = planned.front()
            write_front(points, front, clock_mhz=planned.clock_mhz)
        result["front"] = [point.as_dict(planned.clock_mhz) for point in points]
        report.show(tables.front_table(result["front"]), f"wrote {front}")
    return report.finish(result, holds=planned.holds)
