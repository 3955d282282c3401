"""Results of sweeps in one SQLite file."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shiftconv.flow.files import OutputError

__all__ = ["SweepStore"]

APPLICATION, FORMAT = 0x53436E76, 2
WAIT_SECONDS = 60.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS networks (
    key TEXT PRIMARY KEY, model TEXT, scheme TEXT, bits INTEGER, act_width INTEGER,
    onnx BLOB, error TEXT, seconds REAL
);
CREATE TABLE IF NOT EXISTS accuracies (
    key TEXT PRIMARY KEY, network TEXT, data TEXT, top1 REAL, images INTEGER, seconds REAL
);
CREATE TABLE IF NOT EXISTS figures (
    key TEXT PRIMARY KEY, network TEXT, model TEXT, scheme TEXT, bits INTEGER, act_width INTEGER,
    board TEXT, structure TEXT, load_weights INTEGER, max_cycles INTEGER, fps_asked REAL,
    clock_mhz REAL, latency_asked TEXT, lut_asked TEXT, ff_asked TEXT, bram_asked TEXT,
    big_ram_asked TEXT, method TEXT, cycles INTEGER, fps REAL, lanes INTEGER, latency INTEGER,
    lut INTEGER, ff INTEGER, bram REAL, big_ram INTEGER, dsp REAL, proved INTEGER, error TEXT,
    seconds REAL, tool_versions TEXT, sources TEXT
);
CREATE VIEW IF NOT EXISTS points AS
    SELECT figures.*, accuracies.top1, accuracies.images FROM figures
    LEFT JOIN accuracies ON accuracies.rowid = (
        SELECT max(rowid) FROM accuracies AS known WHERE known.network = figures.network
    );
"""


class SweepStore:
    """Quantized networks, accuracies and points, each under the digest of what it comes from.

    The view ``points`` has a row for each point, with the accuracy of its network that was measured
    last. Several processes may write at once: every result is a transaction of its own. Whoever
    writes the same key last is right, for the same key means the same result.

    Parameters
    ----------
    path : Path
        Made if it is missing.

    Raises
    ------
    ValueError
        If the file is something else.
    OutputError
        If it cannot be written.
    """

    def __init__(self, path: Path):
        self.path = path
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            # No implicit transactions: each statement is its own.
            self._file = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
            self._file.row_factory = sqlite3.Row
            self._prepare()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _prepare(self) -> None:
        self._file.execute("BEGIN IMMEDIATE")
        [[application]] = self._file.execute("PRAGMA application_id")
        [[version]] = self._file.execute("PRAGMA user_version")
        [[n_tables]] = self._file.execute("SELECT count(*) FROM sqlite_schema")
        if n_tables and (application, version) != (APPLICATION, FORMAT):
            raise ValueError(f"{self.path} is not a file of sweeps of this version")
        if not n_tables:
            for statement in SCHEMA.split(";")[:-1]:
                self._file.execute(statement)
            self._file.execute(f"PRAGMA application_id = {APPLICATION}")
            self._file.execute(f"PRAGMA user_version = {FORMAT}")
        self._file.execute("COMMIT")

    def known(self, table: str, keys: Sequence[str]) -> set[str]:
        """Those of some keys that a table has."""
        with self._errors():
            found = {row["key"] for row in self._file.execute(f"SELECT key FROM {table}")}
        return found & set(keys)

    def put(self, table: str, row: dict[str, Any]) -> None:
        """Keep a row; containers are stored as JSON."""
        plain = {
            name: json.dumps(value) if isinstance(value, dict | list) else value
            for name, value in row.items()
        }
        names, marks = ", ".join(plain), ", ".join("?" * len(plain))
        with self._errors():
            self._file.execute(
                f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", tuple(plain.values())
            )

    def get(self, table: str, key: str) -> dict[str, Any] | None:
        """Row of a table or view, or None."""
        with self._errors():
            row = self._file.execute(f"SELECT * FROM {table} WHERE key = ?", (key,)).fetchone()
        return None if row is None else dict(row)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise OutputError(f"Cannot write {self.path}: {error}") from error
            raise ValueError(f"{self.path} is not a file of sweeps: {error}") from error
