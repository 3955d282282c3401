"""Rows of a long sweep in a file, so that a sweep that was stopped goes on where it was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shiftconv.flow.files import write_atomic
from shiftconv.flow.tools import tool_versions

__all__ = ["KeptRows"]


class KeptRows:
    """Rows by key; what the file has is not measured again, until someone deletes it.

    Parameters
    ----------
    path : Path, optional
        Written after every row.
    settings : dict
        What every row depends on; the rows of other settings are given up.
    """

    def __init__(self, path: Path | None, settings: dict[str, Any]) -> None:
        self.path = path
        self.head = {"settings": settings, "tool_versions": tool_versions()}
        self.known: dict[tuple, dict[str, Any]] = {}
        self.asked: list[tuple] = []
        if path is not None and path.exists():
            stored = json.loads(path.read_text())
            if stored["settings"] == settings:
                self.known = {tuple(row["key"]): row for row in stored["rows"]}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was asked for, in order."""
        return [self.known[key] for key in self.asked]

    def add(self, key: tuple, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The row of that key, from the file or measured."""
        self.asked.append(key)
        if key not in self.known:
            self.known[key] = {"key": list(key), **measure()}
            self.write()
        return self.known[key]

    def write(self) -> None:
        """Write every row, those too that nobody asked for this time."""
        if self.path is not None:
            text = json.dumps({**self.head, "rows": list(self.known.values())}, indent=2)
            write_atomic(self.path, text + "\n")
