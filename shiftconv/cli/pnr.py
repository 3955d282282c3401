"""The command pnr: a bitstream for a board."""

from pathlib import Path

import click

from boards import find_board
from shiftconv.cli import tables
from shiftconv.cli.completion import complete_board
from shiftconv.cli.options import FolderPath
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.pnr.place_and_route import place_and_route
from shiftconv.flow.pnr.toolchains import TOOLCHAINS
from shiftconv.flow.tools import n_cores, tool_versions
from shiftconv.host.link import DEFAULT_BAUD

__all__ = ["pnr"]


@click.command
@click.argument("folder", type=FolderPath)
@click.option(
    "--board", shell_complete=complete_board, help="What the design was generated for by default."
)
@click.option("--clock", type=click.FloatRange(0.001), help="MHz; the board's own without it.")
@click.option("--baud", type=click.IntRange(1), default=DEFAULT_BAUD, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=2, show_default=True, help="To try.")
@click.option("--jobs", type=click.IntRange(1), help="At a time; one per core.")
@reporting
def pnr(
    report: Report,
    folder: Path,
    board: str | None,
    clock: float | None,
    baud: int,
    seeds: int,
    jobs: int | None,
) -> int:
    """Place and route for a board, and write its bitstream.

    It goes to pnr/BOARD of the build folder FOLDER, if the clock is reached.
    """
    manifest = Manifest.read(folder)
    if board is None and manifest.board is None:
        raise click.UsageError(f"{folder} was generated for no board; name one with --board")
    target = find_board(board or manifest.board or "")
    with report.progress(f"Place and route for {target.name}") as phase:
        placed = place_and_route(
            folder,
            manifest,
            target,
            clock_mhz=clock,
            baud=baud,
            n_seeds=seeds,
            n_parallel=jobs or n_cores(),
            on_phase=phase,
            on_share=phase.share,
        )
    result = placed.as_dict()
    for key, mhz in (
        ("frames_per_second", "constraint_mhz"),
        ("frames_per_second_at_fmax", "fmax_mhz"),
    ):
        result[key] = round(result[mhz] * 1e6 / manifest.cycles_per_frame, 1)
    result["cycles_per_frame"] = manifest.cycles_per_frame
    result["tool_versions"] = {**tool_versions(), **TOOLCHAINS[target.family].versions()}
    report.keep(folder, manifest, f"pnr.{target.name}", result)
    report.show(tables.pnr_table(result), *_sentences(result))
    return report.finish(result, holds=placed.holds)


def _sentences(result: dict) -> list[str]:
    path = result["critical_path"]
    slowest = (
        f"slowest path: {path['delay_ns']:.1f} ns ({path['routing_ns']:.1f} of it wires), from "
        f"{path['start']} to {path['end']}"
    )
    if result["bitstream"] is None:
        return [
            slowest,
            f"{result['constraint_mhz']:g} MHz is not reached: {-result['slack_ns']:.2f} ns are "
            f"missing, most of the time goes to {path['stage']}; no bitstream was written",
        ]
    return [slowest, f"wrote {result['bitstream']}"]
