"""What commands found out about a design, kept in its build folder."""

import json
from pathlib import Path
from typing import Any

from shiftconv.flow.files import write_atomic
from shiftconv.flow.manifest import Manifest

__all__ = ["RESULTS", "keep_result", "kept_results"]

RESULTS = "results"


def keep_result(folder: Path, manifest: Manifest, name: str, result: dict[str, Any]) -> None:
    """Write ``results/NAME.json``, with the digest of the design that it is about.

    Parameters
    ----------
    folder : Path
        Build folder.
    manifest : Manifest
        Its manifest.
    name : str
        Of the command, and what tells its variants apart: ``"synth.xcup"``.
    result : dict
        What the command's ``--json`` says; replaces that of an earlier call.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    text = json.dumps({"digest": manifest.digest, **result}, indent=2) + "\n"
    write_atomic(folder / RESULTS / f"{name}.json", text)


def kept_results(folder: Path, manifest: Manifest) -> dict[str, dict[str, Any]]:
    """Everything kept about this design, by name and in the order of names.

    What is about another design, generated in this folder before, or is damaged, is not there.
    """
    found = {}
    for path in sorted((folder / RESULTS).glob("*.json")):
        try:
            result = json.loads(path.read_text())
        except (OSError, ValueError):
            continue
        if isinstance(result, dict) and result.get("digest") == manifest.digest:
            found[path.stem] = result
    return found
