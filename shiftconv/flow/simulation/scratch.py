"""Temporary folders that do not outlive their makers for long, however those end."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["scratch_folder"]

PREFIX = ".scratch-"


@contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A hidden folder in ``parent`` for as long as the body runs.

    What processes left here that could not clean up, because they were killed, goes first, unless
    another process has a scratch folder here at this moment: each holds a lock on ``parent`` that
    ends with it.
    """
    holder = os.open(parent, os.O_RDONLY)
    try:
        # Not every file system knows locks; there, nothing is cleaned up.
        with suppress(OSError):
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in parent.glob(f"{PREFIX}*"):
                shutil.rmtree(left, ignore_errors=True)
        with suppress(OSError):
            fcntl.flock(holder, fcntl.LOCK_SH)
        with tempfile.TemporaryDirectory(dir=parent, prefix=PREFIX) as name:
            yield Path(name)
    finally:
        os.close(holder)
