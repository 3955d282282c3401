"""The command estimates: samples, coefficients, errors."""

import shlex
import sys
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import click

from boards import FAMILIES
from shiftconv.cli import tables
from shiftconv.cli.options import FilePath, FolderPath
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.estimates.check import check_family
from shiftconv.flow.estimates.fit import fit_families, write_estimates
from shiftconv.flow.estimates.sampling import read_samples, sample_family
from shiftconv.flow.estimates.wired_fit import fit_wired

__all__ = ["estimates"]

DATA = Path(str(files("shiftconv"))) / "data"

families_option = click.option(
    "--family", "families", type=click.Choice(FAMILIES), multiple=True, help="All without it."
)
samples_option = click.option(
    "--samples", type=FolderPath, default=DATA / "samples", help="Those that ship without it."
)


@click.group
def estimates() -> None:
    """Area of stages without a synthesis: how good it is, and what it comes from."""


@estimates.command
@families_option
@samples_option
@click.option("--count", type=click.IntRange(1), default=500, show_default=True)
@click.option("--seconds", type=click.FloatRange(0), help="Begin nothing new after so many.")
@reporting
def sample(
    report: Report, families: tuple[str, ...], samples: Path, count: int, seconds: float | None
) -> int:
    """Synthesize random stages of each family; goes on where it was stopped."""
    rows = []
    with report.progress("Sampling") as phase:
        for family in families or FAMILIES:
            phase(f"Sampling {family}")
            n = sample_family(family, samples, count=count, seconds=seconds, on_count=phase.count)
            rows.append({"family": family, "samples": n})
    report.show(tables.samples_table(rows))
    return report.finish({"rows": rows})


@estimates.command
@samples_option
@click.option("--output", "-o", type=FilePath, default=DATA / "estimates.json")
@click.option("--matrices", type=click.IntRange(20), default=120, show_default=True)
@reporting
def fit(report: Report, samples: Path, output: Path, matrices: int) -> int:
    """Fit the coefficients to those samples that are not kept for checking.

    What ships is shiftconv/data/estimates.json.
    """
    with report.progress("Fitting") as phase:
        wired = fit_wired(matrices, phase.count)
        found = fit_families({family: read_samples(samples, family) for family in FAMILIES})
        write_estimates(output, found, wired, shlex.join(["shiftconv", *sys.argv[1:]]))
    return report.finish({"families": found, "wired": wired})


@estimates.command
@families_option
@samples_option
@reporting
def check(report: Report, families: tuple[str, ...], samples: Path) -> int:
    """Errors of the estimates that ship, on samples that the fit has not seen."""
    rows = [check_family(read_samples(samples, family), family) for family in families or FAMILIES]
    report.show(tables.estimate_errors_table(rows))
    holds = all(row.holds for row in rows)
    return report.finish(
        {"rows": [asdict(row) | {"holds": row.holds} for row in rows]}, holds=holds
    )
