"""Runs of the compiled simulator on disk, each under what it was fed."""

import hashlib
import io
import shutil
from dataclasses import fields
from pathlib import Path

import numpy as np

from shiftconv.flow.files import output_errors, write_atomic
from shiftconv.flow.simulation.compiled import Run

__all__ = ["RunStore"]

KIND = "runs"


class RunStore:
    """Runs of one simulator; a damaged one counts as missing.

    Parameters
    ----------
    program : Path
        The simulator, whose suffix identifies the design, the driver and the tools. Runs of others
        beside it are removed.
    """

    def __init__(self, program: Path):
        self.folder = program.with_name(f"{KIND}{program.suffix}")
        with output_errors(self.folder):
            for old in program.parent.glob(f"{KIND}.*"):
                if old != self.folder:
                    shutil.rmtree(old)

    def get(self, key: str) -> Run | None:
        """The run that was put under ``key``, or None."""
        try:
            content = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        checksum, arrays = content[:32], content[32:]
        if hashlib.sha256(arrays).digest() != checksum:
            return None
        with np.load(io.BytesIO(arrays), allow_pickle=False) as found:
            values = {name: found[name] for name in found.files}
        return Run(
            **{name: array if array.ndim else array.item() for name, array in values.items()}
        )

    def put(self, key: str, run: Run) -> None:
        """Keep a run, whole or not at all; raises OutputError if it cannot be written."""
        buffer = io.BytesIO()
        np.savez(buffer, **{field.name: getattr(run, field.name) for field in fields(Run)})
        arrays = buffer.getvalue()
        write_atomic(self._path(key), hashlib.sha256(arrays).digest() + arrays)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"
