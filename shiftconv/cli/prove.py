"""The command prove."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import click

from shiftconv.cli import tables
from shiftconv.cli.options import BUILD, FolderPath
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.tools import ToolError

__all__ = ["prove"]

LAST_CYCLES = 12


@click.command
@click.argument("what", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every size, not only the small ones.")
@click.option("--list", "only_list", is_flag=True, help="Name the proofs; prove nothing.")
@click.option("--jobs", type=click.IntRange(1), help="Processes; one per core without it.")
@click.option("--time-limit", type=float, default=600.0, show_default=True, help="Seconds, each.")
@click.option("--work", type=FolderPath, default=BUILD / "prove", show_default=True)
@reporting
def prove(
    report: Report,
    what: tuple[str, ...],
    every: bool,
    only_list: bool,
    jobs: int | None,
    time_limit: float,
    work: Path,
) -> int:
    """Prove the gateware correct for all inputs.

    WHAT are proofs by the beginnings of their names, dot_product/tree for example, or by patterns;
    all without it. What was proved before is not proved again while its design is the same.
    """
    if find_spec("bitwuzla") is None:
        raise ToolError("Proofs need the solver Bitwuzla: pip install 'shiftconv[prove]'")
    # It cannot be imported without the solver, which not every installation has.
    from shiftconv.flow.prove import prover_versions, run_proofs, select_proofs

    proofs = select_proofs(what, every=every)
    if only_list:
        report.show(*(proof.name for proof in proofs))
        return report.finish({"proofs": [{"name": proof.name} for proof in proofs]})
    with report.progress("Proving") as phase:
        phase.count(0, len(proofs))
        done = count(1)

        def advance(row: dict[str, Any]) -> None:
            phase(row["name"][:60])
            phase.count(next(done), len(proofs))

        rows = run_proofs(
            proofs,
            work=work,
            n_parallel=jobs or os.cpu_count() or 1,
            time_limit=time_limit,
            on_done=advance,
        )
    failed = [row for row in rows if row["status"] != "proved"]
    report.show(tables.proofs_table(rows), *(line for row in failed for line in _complaint(row)))
    result = {
        "proofs": rows,
        "proved": len(rows) - len(failed),
        "tool_versions": prover_versions(),
    }
    return report.finish(result, holds=not failed)


def _complaint(row: dict[str, Any]) -> Iterator[str]:
    """What does not hold, and what entered."""
    yield f"[red]{row['name']}: {row['status']}[/red]: {'; '.join(row['sentences'])}"
    if "vcd" in row:
        yield from row["inputs"][-LAST_CYCLES:]
        yield f"waves: {row['vcd']}"
