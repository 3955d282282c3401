"""Write an export into its build folder."""

import json
from dataclasses import dataclass
from pathlib import Path

from boards import Board
from shiftconv.flow.export.design import ExportDesign
from shiftconv.flow.export.kinds import EXPORTS, ExportError
from shiftconv.flow.files import atomic_folder
from shiftconv.flow.manifest import Manifest
from shiftconv.flow.simulation.loading import WEIGHTS

__all__ = ["Exported", "export_design"]

MARKER = "export.json"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Parameters
    ----------
    folder : Path
    files : list of str
    """

    folder: Path
    files: list[str]


def export_design(
    folder: Path,
    manifest: Manifest,
    *,
    kind: str,
    board: Board | None = None,
    output: Path | None = None,
) -> Exported:
    """Write what another tool needs.

    Parameters
    ----------
    folder : Path
        Build folder.
    manifest : Manifest
    kind : str
        One of :data:`EXPORTS`.
    board : Board, optional
        What it is for.
    output : Path, optional
        Replaced as a whole if it is an export already; by default ``export/KIND``, or
        ``export/BOARD``, in the build folder.

    Raises
    ------
    ExportError
        If the design or the board does not suit.
    OutputError, ToolError
        As for :func:`~shiftconv.flow.generate.generate_network`.
    """
    if manifest.kind == "network" and WEIGHTS in manifest.ports and not EXPORTS[kind].loads_weights:
        able = [name for name, export in EXPORTS.items() if export.loads_weights]
        raise ExportError(
            f"{folder} takes its weights from a host at start, which --to {kind} does not do; "
            f"--to {' and '.join(able)} does, or generate it without --load-weights"
        )
    files = EXPORTS[kind].files(ExportDesign(folder, manifest, board))
    output = output or folder / "export" / (board.name if board else kind)
    description = {
        "kind": kind,
        "board": board.name if board else None,
        "design": manifest.name,
        "digest": manifest.digest,
        "files": list(files),
    }
    with atomic_folder(output, marker=MARKER) as partial:
        for name, text in files.items():
            path = partial / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (partial / MARKER).write_text(json.dumps(description, indent=2) + "\n")
    return Exported(output, [*files, MARKER])
