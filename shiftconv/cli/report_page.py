"""The command report."""

from pathlib import Path

import click

from shiftconv.cli.options import FilePath, FolderPath
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.files import write_atomic
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.report.page import report_page

__all__ = ["report_command"]

PAGE = "report.html"


@click.command("report")
@click.argument("folder", type=FolderPath)
@click.option("--output", "-o", type=FilePath, help=f"Instead of {PAGE} in FOLDER.")
@reporting
def report_command(report: Report, folder: Path, output: Path | None) -> int:
    """Write one HTML page about a design: all that is known of it, and how to know more.

    It opens without a network, for it carries everything in itself.
    """
    manifest = Manifest.read(folder)
    path = output or folder / PAGE
    with report.progress("Writing"):
        write_atomic(path, report_page(folder, manifest))
    report.show(f"wrote {path}")
    return report.finish({"page": str(path)})
