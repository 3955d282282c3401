"""The command synth, and what other commands about a design share with it."""

from pathlib import Path

import click

from boards import FAMILIES, Board, find_board
from shiftconv.cli import tables
from shiftconv.cli.completion import complete_device
from shiftconv.cli.options import FolderPath
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.synthesis.design_synthesis import synth_design, synthesis_rows
from shiftconv.flow.tools import tool_versions

__all__ = ["DEFAULT_BOARD", "synth", "target_of"]

DEFAULT_BOARD = "zcu102"


def target_of(device: str | None, board: str | None) -> tuple[Board | None, str]:
    """Board and family to synthesize for."""
    if device in FAMILIES:
        return None, device
    target = find_board(device or board or DEFAULT_BOARD)
    return target, target.family


@click.command
@click.argument("folder", type=FolderPath)
@click.option(
    "--device",
    shell_complete=complete_device,
    help=f"Board, device or family ({', '.join(FAMILIES)}).",
)
@reporting
def synth(report: Report, folder: Path, device: str | None) -> int:
    """LUT, FF, DSP and BRAM, per stage and in all."""
    manifest = Manifest.read(folder)
    target, family = target_of(device, manifest.board)
    with report.progress(f"Synthesizing for {family}") as phase:
        found = synth_design(folder, manifest, family=family, on_share=phase.share)
    result = synthesis_rows(found, target)
    result["tool_versions"] = tool_versions()
    report.keep(folder, manifest, f"synth.{target.name if target else family}", result)
    report.show(tables.area_table(result))
    return report.finish(result)
