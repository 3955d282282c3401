"""The command run: images through a board."""

from contextlib import ExitStack
from pathlib import Path

import click

from boards import find_board
from shiftconv.cli import tables
from shiftconv.cli.completion import complete_board
from shiftconv.cli.options import BUILD, FilePath, FolderPath, images_of
from shiftconv.cli.report import Report, reporting
from shiftconv.flow.host.board_run import images_for_board, run_on_board, write_logits
from shiftconv.flow.host.simulated_board import SimulatedBoard
from shiftconv.flow.manifest import Manifest
from shiftconv.host.link import DEFAULT_BAUD, Link

__all__ = ["run"]

SIMULATED = "simulated"


@click.command
@click.argument("images", type=FilePath, required=False)
@click.option(
    "--port",
    required=True,
    help=f"Of the board: /dev/ttyUSB0, COM3, socket://HOST:PORT; or {SIMULATED}.",
)
@click.option("--build", "folder", type=FolderPath, help="Build folder of the board's design.")
@click.option(
    "--board", shell_complete=complete_board, help="Instead of --build: the folder build/BOARD."
)
@click.option("--baud", type=click.IntRange(1), default=DEFAULT_BAUD, show_default=True)
@click.option("--timeout", type=click.FloatRange(0.001), default=1.0, show_default=True, help="s")
@click.option("--number", "-n", type=click.IntRange(1), help="Of images; all without it.")
@click.option("--compare", is_flag=True, help="Hold every value against the golden model.")
@click.option("--output", "-o", type=FilePath, help="Logits as npy: integers (n, h, w, channels).")
@reporting
def run(
    report: Report,
    images: Path | None,
    port: str,
    folder: Path | None,
    board: str | None,
    baud: int,
    timeout: float,
    number: int | None,
    compare: bool,
    output: Path | None,
) -> int:
    """Send IMAGES to a board and get its logits and frames a second.

    IMAGES is an npy or npz file or a folder with MNIST idx files or CIFAR-10 batches; without it,
    what ships with the network. Frames that get lost on the line are sent again.
    """
    if (folder is None) == (board is None):
        raise click.UsageError("Name the design on the board: give either --build or --board")
    folder = folder or BUILD / find_board(board or "").name
    manifest = Manifest.read(folder)
    pixels, labels = images_for_board(images) if images else images_of(manifest.name, None)
    pixels, labels = pixels[:number], None if labels is None else labels[:number]
    with ExitStack() as stack, report.progress("Running") as phase:
        if port == SIMULATED:
            phase("compiling a board")
            simulated = SimulatedBoard.build(folder, manifest, phase.share)
            port = stack.enter_context(simulated.plugged_in())
        link = stack.enter_context(Link(port, baud=baud, timeout=timeout))
        done = run_on_board(
            folder,
            manifest,
            pixels,
            labels,
            link,
            compare=compare,
            on_result=phase.images(len(pixels)),
        )
    if output:
        write_logits(done.logits, output)
    result = {"port": port, "baud": baud, **done.as_dict()}
    report.show(tables.board_run_table(result))
    return report.finish(result, holds=not done.mismatched_values)
