"""The command export: a design for other tools."""

from pathlib import Path

import click

from boards import find_board
from shiftconv.cli.completion import complete_board
from shiftconv.cli.options import FolderPath
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.export.kinds import EXPORTS
from shiftconv.flow.export.kinds.vivado import PROCESSORS
from shiftconv.flow.export.write import export_design
from shiftconv.flow.manifest import Manifest

__all__ = ["export"]

KINDS = "\b\n" + "\n".join(f"{kind:8} {export.summary}" for kind, export in EXPORTS.items())


@click.command(epilog=KINDS)
@click.argument("folder", type=FolderPath)
@click.option("--to", "kind", type=click.Choice(list(EXPORTS)), help="vivado by default.")
@click.option(
    "--board", shell_complete=complete_board, help=f"For vivado: {', '.join(PROCESSORS)}."
)
@click.option("--output", "-o", type=FolderPath, help="Instead of a folder in FOLDER.")
@reporting
def export(
    report: Report, folder: Path, kind: str | None, board: str | None, output: Path | None
) -> int:
    """Write what another tool needs of a design.

    Into export/KIND, or export/BOARD, of the build folder FOLDER.
    """
    if kind is None and board is None:
        raise click.UsageError(f"Give --to ({', '.join(EXPORTS)}) or --board")
    target = find_board(board) if board else None
    manifest = Manifest.read(folder)
    with report.progress("Exporting"):
        done = export_design(folder, manifest, kind=kind or "vivado", board=target, output=output)
    report.show(f"wrote {done.folder}: {', '.join(done.files)}")
    return report.finish(
        {"folder": str(done.folder), "files": done.files, "kind": kind or "vivado"}
    )
