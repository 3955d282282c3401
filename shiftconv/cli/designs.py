"""Commands about a generated design: simulate, synth."""

from pathlib import Path
from typing import Any

import click

from boards import FAMILIES, Board, find_board
from shiftconv.cli import tables
from shiftconv.cli.options import FilePath, FolderPath, images_of
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.design_synthesis import synth_design, synthesis_rows
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulate import ENGINES, simulate_component, simulate_network
from shiftconv.flow.tools import tool_versions

__all__ = ["DEFAULT_BOARD", "simulate", "synth", "verdict"]

DEFAULT_BOARD = "zcu102"


@click.command
@click.argument("folder", type=FolderPath)
@click.option("--images", type=click.IntRange(1), default=100, show_default=True)
@click.option("--data", type=FilePath, help="MNIST idx, CIFAR-10 or npz; else what ships.")
@click.option("--engine", type=click.Choice(ENGINES), help="compiled for networks, else python.")
@click.option("--stall", type=click.FloatRange(0, 0.95), default=0.0, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--vcd", type=FilePath, help="Write waves here.")
@reporting
def simulate(
    report: Report, folder: Path, images: int, data: Path | None, engine: str | None, **how: Any
) -> int:
    """Simulate a design, bit for bit against the golden model."""
    with report.progress("Simulating") as phase:
        manifest = Manifest.read(folder)
        if manifest.kind == "network":
            all_images, all_labels = images_of(manifest.name, data)
            found = simulate_network(
                folder,
                manifest,
                all_images[:images],
                all_labels[:images],
                engine=engine or "compiled",
                on_phase=phase,
                **how,
            )
        elif engine == "compiled":
            raise click.UsageError(
                "The compiled engine is for networks; a component runs in python"
            )
        else:
            found = simulate_component(manifest, images, **how)
    result = found.as_dict()
    report.show(tables.simulation_table(result), verdict(result))
    return report.finish(result, holds=not result["mismatched_values"])


def verdict(result: dict[str, Any]) -> str:
    if result["mismatched_values"]:
        return f"[red]{result['mismatched_values']:,} values differ from the golden model[/red]"
    return "[green]every value equals the golden model's[/green]"


def _target(device: str | None, board: str | None) -> tuple[Board | None, str]:
    """Board and family to synthesize for."""
    if device in FAMILIES:
        return None, device
    target = find_board(device or board or DEFAULT_BOARD)
    return target, target.family


@click.command
@click.argument("folder", type=FolderPath)
@click.option("--device", help=f"Board, device or family ({', '.join(FAMILIES)}).")
@reporting
def synth(report: Report, folder: Path, device: str | None) -> int:
    """LUT, FF, DSP and BRAM, per stage and in all."""
    manifest = Manifest.read(folder)
    target, family = _target(device, manifest.board)
    with report.progress(f"Synthesizing for {family}"):
        result = synthesis_rows(synth_design(folder, manifest, family=family), target)
    result["tool_versions"] = tool_versions()
    report.show(tables.area_table(result))
    return report.finish(result)
