"""The command plan."""

from typing import Any

import click
from rich import box
from rich.table import Table

from boards import Board
from shiftconv.cli import tables
from shiftconv.cli.completion import complete_model
from shiftconv.cli.options import plan_of, rate_options, scheme_options
from shiftconv.cli.report import Report, reporting
from shiftconv.fit import Fit, fit_plan, place_memories
from shiftconv.plan import Plan

__all__ = ["fit_sentence", "fit_table", "plan"]

_TITLES = {"bram": "block memory", "big_ram": "large memory", "lut": "LUT, at least (estimate)"}


def _plan_result(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.network.name,
        "cycles_per_frame": plan.cycles_per_frame,
        "latency_cycles": plan.latency_cycles,
        "macs_per_frame": plan.network.macs,
        "lanes": plan.lanes,
        "memory_bits": plan.memory_bits,
        "layers": plan.rows(),
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


def fit_sentence(plan: Plan, board: Board, fit: Fit) -> str:
    """Whether a plan fits, and what would help."""
    hint = ""
    if not fit.fits and not plan.target.loaded:
        loading = place_memories(plan.loading(), board)
        hint = "; with --load-weights it fits" if fit_plan(loading, board).fits else ""
    return f"{plan.network.name} {fit.sentence}{hint}"


@click.command
@click.argument("model", shell_complete=complete_model)
@scheme_options
@rate_options
@reporting
def plan(report: Report, model: str, **choices: Any) -> int:
    """Choose the folding of every layer; with --board, say whether that fits."""
    with report.progress("Planning"):
        chosen, board = plan_of(model, **choices)
        fit = fit_plan(chosen, board) if board else None
    result = _plan_result(chosen)
    report.show(tables.plan_table(result))
    if board and fit:
        result["fit"] = fit.as_dict()
        report.show(fit_table(fit), fit_sentence(chosen, board, fit))
    return report.finish(result, holds=fit is None or fit.fits)
