"""The command diff."""

from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import RenderableType
from rich.table import Table

from shiftconv.cli.options import FilePath, FolderPath, images_of
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.diff.diff import DiffResult, diff_network
from shiftconv.flow.diff.finding import Finding, Window
from shiftconv.flow.manifest import Manifest

__all__ = ["diff"]

MAX_ROWS = 121

Chance = click.FloatRange(0, 0.95)


@click.command
@click.argument("folder", type=FolderPath)
@click.option("--images", type=click.IntRange(1), default=10, show_default=True)
@click.option("--data", type=FilePath, help="MNIST idx, CIFAR-10 or npz; else what ships.")
@click.option("--stall-in", type=Chance, default=0.0, help="Chance of a pause of the input.")
@click.option("--stall-out", type=Chance, default=0.0, help="Chance of a pause of the output.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the pauses.")
@click.option("--vcd", type=FilePath, help="Waves of a difference; else diff.vcd in FOLDER.")
@click.option("--around", type=click.IntRange(0), default=100, show_default=True, help="Cycles.")
@reporting
def diff(
    report: Report,
    folder: Path,
    images: int,
    data: Path | None,
    vcd: Path | None,
    around: int,
    **conditions: Any,
) -> int:
    """Find the first bit in which a network's Verilog differs from the golden model.

    Every stream between the layers is compared. Of a difference the layer, frame, pixel, channel
    and bit are named, what the value is made of is shown, and the cycles around it are written as
    waves, in which the scope `taps` has the streams by the names of their layers.
    """
    with report.progress("Comparing") as phase:
        manifest = Manifest.read(folder)
        pictures, _ = images_of(manifest.name, data)
        result = diff_network(
            folder,
            manifest,
            pictures[:images],
            waves=vcd or folder / "diff.vcd",
            around=around,
            on_phase=phase,
            on_share=phase.share,
            **conditions,
        )
    found = result.as_dict()
    report.keep(folder, manifest, "diff", found)
    report.show(*_shown(result))
    return report.finish(found, holds=result.finding is None)


def _shown(result: DiffResult) -> list[RenderableType]:
    """The result for a person."""
    found = result.finding
    if found is None:
        return [
            f"[green]all {result.values:,} values of {result.images} frames, at {result.places} "
            "places between the layers, equal the golden model's[/green]"
        ]
    bit = "" if found.bit is None else f", bit {found.bit}"
    shown: list[RenderableType] = [
        f"[red]{found.layer}, {found.place}: {found.what}[/red]",
        f"frame {found.frame}, row {found.row}, column {found.column}, channel {found.channel}"
        f"{bit}; in cycle {found.cycle:,}; "
        f"{found.mismatched_values:,} of {found.values:,} values differ here",
    ]
    shown += [_window_table(window) for window in found.windows]
    if found.bias is not None:
        shown.append(_arithmetic(found))
    return [*shown, f"waves: {result.waves}"]


def _window_table(window: Window) -> Table:
    """Activations and weights of a window, a row for each pixel."""
    row, column, channel = window.first
    n_channels = len(window.activations[0][0])
    channels = f"channel {channel}" + (f" to {channel + n_channels - 1}" if n_channels > 1 else "")
    title = f"what it is made of: {window.source}, {channels}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("row", "column", "activations", *(["weights"] if window.weights else [])):
        table.add_column(name, justify="right")
    pixels = [
        (
            str(row + y),
            str(column + x),
            " ".join("pad" if act is None else str(act) for act in acts),
            *([" ".join(map(str, window.weights[y][x]))] if window.weights else []),
        )
        for y, line in enumerate(window.activations)
        for x, acts in enumerate(line)
    ]
    for pixel in pixels[:MAX_ROWS]:
        table.add_row(*pixel)
    if len(pixels) > MAX_ROWS:
        table.caption = f"{len(pixels) - MAX_ROWS:,} more pixels; --json has all of them"
    return table


def _arithmetic(found: Finding) -> str:
    """How the expected value comes about."""
    assert found.bias is not None
    dot = sum(
        (act or 0) * weight
        for window in found.windows
        for acts, weights in zip(window.activations, window.weights or [], strict=True)
        for pixel, levels in zip(acts, weights, strict=True)
        for act, weight in zip(pixel, levels, strict=True)
    )
    return (
        f"sum of products {dot:,}, with the bias {dot + found.bias:,}; times "
        f"2**{-(found.shift or 0)}, rounded and clamped: {found.expected}"
    )
