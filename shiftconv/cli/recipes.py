"""The commands recipes and structures: what synthesis is best at, by measurement."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import click

from boards import FAMILIES
from shiftconv.cli import tables
from shiftconv.cli.options import BUILD, FilePath, FolderPath, NumberList
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.synthesis.measurements import Measurements
from shiftconv.flow.synthesis.recipe_search import PRESENT, search_recipes
from shiftconv.flow.synthesis.structure_search import (
    StructureSizes,
    search_structures,
    write_structures,
)
from shiftconv.flow.synthesis.synthesize import recipe_of
from shiftconv.flow.tools import tool_versions
from shiftconv.gateware.dot_products import DOT_PRODUCTS
from shiftconv.structure_table import measured_structures

__all__ = ["recipes", "structures"]

families_option = click.option(
    "--family", "families", type=click.Choice(FAMILIES), multiple=True, help="All without it."
)
jobs_option = click.option("--jobs", type=click.IntRange(1), help="At a time; one per core.")
work_option = click.option(
    "--work",
    type=FolderPath,
    default=BUILD / "measured",
    show_default=True,
    help="Syntheses are kept here; none is done twice.",
)


@click.group
def recipes() -> None:
    """How Yosys is told to synthesize for each family."""


@recipes.command("list")
@reporting
def list_recipes(report: Report) -> int:
    """The recipes in use."""
    rows = [{"family": family, "recipe": list(recipe_of(family))} for family in FAMILIES]
    report.show(tables.recipes_table(rows))
    return report.finish({"rows": rows})


@recipes.command
@families_option
@jobs_option
@work_option
@reporting
def search(report: Report, families: tuple[str, ...], jobs: int | None, work: Path) -> int:
    """Try recipes on a few designs; the best, and the spread."""
    results: list[dict[str, Any]] = []
    with report.progress("Searching") as phase:
        for family in families or FAMILIES:
            trials = search_recipes(
                family,
                store=Measurements(work),
                n_parallel=jobs or os.cpu_count() or 1,
                on_trial=phase,
                on_count=phase.count,
            )
            done = [trial for trial in trials if trial.failed is None]
            present = next(trial for trial in trials if trial.name == PRESENT)
            results.append(
                {
                    "family": family,
                    "best": done[0].name,
                    "gain": round(1 - done[0].total / present.total, 4),
                    "spread": round(done[-1].total / done[0].total - 1, 4),
                    "trials": [
                        {
                            "name": trial.name,
                            "recipe": list(trial.recipe),
                            "lut": dict(trial.lut),
                            "total": trial.total,
                            "failed": trial.failed,
                        }
                        for trial in trials
                    ],
                }
            )
            report.show(tables.recipe_search_table(results[-1]))
    return report.finish({"families": results})


@click.group
def structures() -> None:
    """Structures of a dot product, and which is best where."""


@structures.command("list")
@families_option
@reporting
def list_structures(report: Report, families: tuple[str, ...]) -> int:
    """The table by which the planner chooses."""
    rows = [row for row in measured_structures() if not families or row.family in families]
    report.show(tables.structures_table(rows))
    kinds = [{"structure": name, "lane": kind.lane} for name, kind in DOT_PRODUCTS.items()]
    return report.finish({"rows": [vars(row) for row in rows], "structures": kinds})


@structures.command
@families_option
@click.option("--exponent-widths", type=NumberList(), default="0,1,2,3,4", show_default=True)
@click.option("--act-widths", type=NumberList(), default="4,8,16", show_default=True)
@click.option("--lanes", type=NumberList(), default="9,32", show_default=True)
@click.option("--output", "-o", type=FilePath, help="Write the table here.")
@jobs_option
@work_option
@reporting
def measure(
    report: Report,
    families: tuple[str, ...],
    output: Path | None,
    jobs: int | None,
    work: Path,
    **sizes: Any,
) -> int:
    """Measure every structure, and make the table by which the planner chooses.

    The table that ships is shiftconv/data/structures.json.
    """
    with report.progress("Measuring") as phase:
        rows = search_structures(
            StructureSizes(families=families or FAMILIES, **sizes),
            store=Measurements(work),
            n_parallel=jobs or os.cpu_count() or 1,
            on_element=phase,
            on_count=phase.count,
        )
        if output is not None:
            write_structures(output, rows)
    best = Counter(row.structure for row in rows)
    report.show(
        tables.structures_table(rows),
        "best: " + ", ".join(f"{name} {count} times" for name, count in best.most_common()),
    )
    return report.finish({"rows": [vars(row) for row in rows], "tool_versions": tool_versions()})
