"""The commands activity and energy."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.table import Table

from shiftconv.cli.completion import complete_device
from shiftconv.cli.designs import target_of
from shiftconv.cli.options import FilePath, FolderPath, images_of
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.energy.activity import KINDS, Activity, measure_activity
from shiftconv.flow.energy.energy import RELATIVE_WEIGHTS, energy_of
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulation.netlist_simulation import Trial, component_trial, network_trial

__all__ = ["activity", "energy"]

COUNT = click.IntRange(2)

images_option = click.option(
    "--images", type=COUNT, default=10, show_default=True, help="Or windows; at least 2."
)
data_option = click.option("--data", type=FilePath, help="MNIST idx, CIFAR-10 or npz.")
device_option = click.option(
    "--device", shell_complete=complete_device, help="Board, device or family that it is for."
)
seed_option = click.option("--seed", type=int, default=0, show_default=True)
stationary_option = click.option(
    "--stationary", is_flag=True, help="A processing element's weights are the same all the time."
)


@click.command
@click.argument("folder", type=FolderPath)
@images_option
@data_option
@device_option
@seed_option
@stationary_option
@click.option("--saif", type=FilePath, help="Write the counts of every net here.")
@reporting
def activity(
    report: Report, folder: Path, device: str | None, saif: Path | None, **how: Any
) -> int:
    """Count toggles in a netlist, by stage and kind of cell.

    They are of the steady state: from the end of the first frame to that of the last.
    """
    with report.progress("Counting toggles") as phase:
        manifest = Manifest.read(folder)
        _, family = target_of(device, manifest.board)
        found = measure_activity(
            folder,
            manifest,
            _trial(folder, manifest, **how),
            family=family,
            saif=saif,
            on_phase=phase,
            on_share=phase.share,
        )
    report.show(_activity_table(manifest.name, found))
    return report.finish(found.as_dict())


@click.command
@click.argument("folders", type=FolderPath, nargs=-1, required=True)
@images_option
@data_option
@device_option
@seed_option
@stationary_option
@reporting
def energy(report: Report, folders: Sequence[Path], device: str | None, **how: Any) -> int:
    """Relative energy of designs' netlists, by what it is spent on.

    Toggles are weighed by the kind of cell that makes them; the unit is a toggle of a LUT and its
    net. It is no joule: compare designs for one family, at the same work.
    """
    rows = []
    with report.progress("Counting toggles") as phase:
        for folder in folders:
            manifest = Manifest.read(folder)
            _, family = target_of(device, manifest.board or manifest.parameters.get("family"))
            trial = _trial(folder, manifest, **how)
            counted = measure_activity(
                folder,
                manifest,
                trial,
                family=family,
                parts=True,
                on_phase=partial(_of, phase, folder.name),
                on_share=phase.share,
            )
            found = energy_of(manifest, counted).as_dict()
            rows.append({"design": str(folder), "family": family, **found})
            report.keep(folder, manifest, f"energy.{family}", rows[-1])
    result = {"relative_weights": RELATIVE_WEIGHTS, "designs": rows}
    report.show(_energy_table(rows))
    return report.finish(result)


def _of(phase: Callable[[str], None], name: str, what: str) -> None:
    """Say which design it is that something goes on with."""
    phase(f"{name}, {what}")


def _trial(
    folder: Path, manifest: Manifest, images: int, data: Path | None, seed: int, stationary: bool
) -> Trial:
    """Images for a network, random data for a bare component."""
    if manifest.kind != "network":
        return component_trial(manifest, images, seed, stationary=stationary)
    pictures, _ = images_of(manifest.name, data)
    return network_trial(folder, manifest, pictures[:images])


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for n, column in enumerate(columns):
        table.add_column(column, justify="right" if n else "left")
    for row in rows:
        table.add_row(*row)
    return table


def _activity_table(name: str, found: Activity) -> Table:
    parts = {path or "the rest": toggles for path, toggles in found.parts.items()}
    rows = [
        (path.removeprefix("core."), *(f"{toggles.toggles[kind]:,}" for kind in KINDS))
        for path, toggles in [*parts.items(), ("in all", found.total)]
    ]
    title = f"Toggles of {name} on {found.family}, {found.frames} frames, {found.cycles:,} cycles"
    return _table(title, ("stage", *KINDS), rows)


def _energy_table(rows: Sequence[dict[str, Any]]) -> Table:
    roles = list(rows[0]["roles"])
    first = rows[0]["relative_per_mac"] or rows[0]["relative_per_frame"]
    shown = [
        (
            Path(row["design"]).name,
            f"{row['relative_per_frame']:,.0f}",
            f"{row['relative_per_mac']:,.2f}" if row["relative_per_mac"] else "",
            f"{100 * (row['relative_per_mac'] or row['relative_per_frame']) / first:,.1f} %",
            *(f"{row['roles'][role]:,.0f}" for role in roles),
        )
        for row in rows
    ]
    columns = ("design", "per frame", "per MAC", "of the first", *roles)
    return _table("Relative energy (1: a toggle of a LUT and its net)", columns, shown)
