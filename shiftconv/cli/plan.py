"""The command plan."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from shiftconv.cli import tables
from shiftconv.cli.completion import complete_model
from shiftconv.cli.options import FilePath, scheme_options
from shiftconv.cli.planning import Planned, plan_of, planning_options
from shiftconv.cli.report import Report, reporting
from shiftconv.estimates import DEFAULT_FAMILY
from shiftconv.plan import Plan
from shiftconv.plan.resources import NAMES, RESOURCES

__all__ = ["plan", "plan_result", "show_plan"]


def plan_result(planned: Planned) -> dict[str, Any]:
    """A plan, its estimates, and what it was to reach."""
    plan, clock = planned.plan, planned.clock_mhz
    return {
        "name": plan.network.name,
        "cycles_per_frame": plan.cycles_per_frame,
        "latency_cycles": plan.latency_cycles,
        "macs_per_frame": plan.network.macs,
        "lanes": plan.lanes,
        "memory_bits": plan.memory_bits,
        "family": plan.target.family or DEFAULT_FAMILY,
        "layers": plan.rows(),
        "estimates": {name: area.as_dict() for name, area in plan.areas.items()},
        "estimate": plan.area.as_dict(),
        "goal": planned.goal.as_dict(),
        "proved": planned.found.proved,
        "none_faster": planned.found.none_faster,
        "clock_mhz": clock,
        "frames_per_second": clock * 1e6 / plan.cycles_per_frame if clock else None,
    } | _fit(planned)


def _fit(planned: Planned) -> dict[str, Any]:
    """Whether a plan fits its board, if there is one, and why not."""
    if planned.board is None:
        return {}
    resources = [asdict(limit) | {"over": limit.over} for limit in planned.limits]
    fit = {"board": planned.board.name, "fits": planned.holds, "resources": resources}
    return {"fit": fit} | ({"shortage": planned.shortage.as_dict()} if planned.shortage else {})


def show_plan(report: Report, planned: Planned, result: dict[str, Any]) -> None:
    """Tables of a plan and of what it takes, and how sure that is."""
    report.show(tables.plan_table(result))
    if planned.goal.budget.limited:
        report.show(_limits_table(planned))
    if not planned.found.proved and planned.holds:
        faster = "no plan is faster; " if planned.found.none_faster else ""
        report.show(f"{faster}that no plan is better is not proved")
    if planned.board:
        report.show(planned.verdict())


def _limits_table(planned: Planned) -> Table:
    """What a plan takes of what it may take."""
    limits = planned.limits
    columns: dict[str, list[float | None]] = {
        "estimate": [limit.estimate for limit in limits],
        "allowed": [limit.allowed for limit in limits],
        "missing": [limit.over for limit in limits],
    }
    if planned.board:
        columns[f"on {planned.board.name}"] = [limit.available for limit in limits]
    if planned.board and not planned.wishes.limits:
        # The board allows what it has.
        del columns["allowed"]
    if not any(limit.over for limit in limits):
        del columns["missing"]
    rows = zip([NAMES[limit.name] for limit in limits], *columns.values(), strict=True)
    return tables.plain_table("", ("", *columns), rows)


def _front_row(plan: Plan, clock_mhz: float | None) -> dict[str, Any]:
    cycles, area = plan.cycles_per_frame, plan.area
    return {
        "cycles_per_frame": cycles,
        "frames_per_second": clock_mhz * 1e6 / cycles if clock_mhz else None,
        "latency_cycles": plan.latency_cycles,
        **{name: getattr(area, name) for name in RESOURCES},
    }


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
    result = plan_result(planned)
    show_plan(report, planned, result)
    if front is not None:
        # Matplotlib takes its time, and only this needs it.
        from shiftconv.flow.plan_front import write_front

        with report.progress("Front"):
            plans = planned.front()
            write_front(plans, front, clock_mhz=planned.clock_mhz)
        result["front"] = [_front_row(plan, planned.clock_mhz) for plan in plans]
        report.show(tables.front_table(result["front"]), f"wrote {front}")
    return report.finish(result, holds=planned.holds)
