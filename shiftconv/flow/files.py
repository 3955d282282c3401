"""Write files and folders whole, or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["OutputError", "atomic_folder", "output_errors", "write_atomic"]


class OutputError(OSError):
    """Something cannot be written; the message is a sentence that names it and the reason."""


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn a failure to write ``path``, or anything beneath or beside it, into an OutputError.

    An OSError that names a file elsewhere passes: it is about that file.
    """
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        if isinstance(error.filename, str | os.PathLike) and not _concerns(error, path):
            raise
        # numpy reports a full disk as an OSError without a number.
        reason = error.strerror or str(error)
        raise OutputError(f"Cannot write {path}: {reason}") from error


def _concerns(error: OSError, path: Path) -> bool:
    """Whether the file that ``error`` names lies in the folder of ``path`` or above it."""
    named = Path(os.path.abspath(error.filename))
    parent = Path(os.path.abspath(path)).parent
    return named.is_relative_to(parent) or parent.is_relative_to(named)


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file; until it is complete, ``path`` keeps what it had.

    Missing parent folders are made. Text is written as UTF-8, line ends as they are.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise OutputError(f"Cannot write {path}: it is a folder")
        partial = _sibling(path)
        try:
            with partial.open("xb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path, *, marker: str, keep: Sequence[str] = ()) -> Iterator[Path]:
    """Fill a folder; only when the body ends without an exception does it appear as ``path``.

    Missing parent folders are made. An existing folder is replaced as a whole, but only one that is
    empty or holds the file ``marker``: others' folders are not ours to delete.

    Parameters
    ----------
    path : Path
        The folder under its good name.
    marker : str
        Name of a file that every such folder has.
    keep : sequence of str
        What the old folder may hand on to the new one: names of files or folders in it, caches
        for example. One that the body wrote anew is not handed on.

    Yields
    ------
    Path
        Folder beside ``path`` that the body fills.

    Raises
    ------
    OutputError
        If it cannot be written, or if ``path`` is something else than such a folder.
    """
    with output_errors(path):
        path = Path(os.path.abspath(path))
        _check_replaceable(path, marker)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = _sibling(path)
        try:
            partial.mkdir()
            yield partial
            _swap(partial, path, keep)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _check_replaceable(path: Path, marker: str) -> None:
    """Raise OutputError unless ``path`` is free, an empty folder, or a folder with ``marker``."""
    if not path.exists():
        return
    if not path.is_dir():
        raise OutputError(f"Cannot write the folder {path}: a file of that name is in the way")
    if any(path.iterdir()) and not (path / marker).exists():
        raise OutputError(
            f"Cannot write the folder {path}: it holds other files, and no {marker}; "
            "name another folder, or empty this one"
        )


def _swap(new: Path, path: Path, keep: Sequence[str]) -> None:
    """Put ``new`` in the place of ``path``; if that fails or is interrupted, put the old back."""
    if not path.exists():
        os.replace(new, path)
        return
    old = _sibling(path)
    try:
        os.replace(path, old)
        os.replace(new, path)
    except BaseException:
        if old.exists() and not path.exists():
            os.replace(old, path)
        raise
    for name in keep:
        if (old / name).exists() and not (path / name).exists():
            with suppress(OSError):
                os.replace(old / name, path / name)
    shutil.rmtree(old, ignore_errors=True)


def _sibling(path: Path) -> Path:
    """A free hidden name beside ``path``, on the same file system."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
