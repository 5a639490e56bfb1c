"""run.sqlite3: the checkpoints, phases and events of a run. What is committed here happened."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from games.errors import UserError

_VERSION = 1
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS checkpoints (
      phase INTEGER PRIMARY KEY,   -- the phase that it ends, 0 for the untrained start
      steps INTEGER NOT NULL,      -- learner steps done
      games INTEGER NOT NULL,      -- games committed to the store
      file TEXT NOT NULL,          -- below checkpoints/
      sha256 TEXT NOT NULL,
      counters TEXT NOT NULL,      -- JSON: what the next phase depends on beside the file
      elapsed REAL NOT NULL,       -- seconds of running time so far
      kept INTEGER NOT NULL,       -- whether the file is still there
      rated INTEGER NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS events (
      id INTEGER PRIMARY KEY, phase INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL
    )""",
)


@dataclass(frozen=True)
class CheckpointRow:
    """One committed checkpoint; `counters` is what the file does not hold."""

    phase: int
    steps: int
    games: int
    file: str
    sha256: str
    counters: dict[str, Any]
    elapsed: float
    kept: bool
    rated: bool


class RunDatabase:
    """The database of a run: one writer, any number of readers.

    Raises UserError when the file is no database of a run, or is damaged.
    """

    def __init__(self, path: Path, writer: bool = False) -> None:
        self.path = path
        if not writer and not path.is_file():
            raise UserError(f"{path} does not exist: this is no run, or it never started")
        mode = "rwc" if writer else "ro"
        with self._explained():
            self._db = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                timeout=30.0,
                check_same_thread=False,
            )
            try:
                self._prepare(writer)
            except BaseException:
                self._db.close()
                raise

    def _prepare(self, writer: bool) -> None:
        if writer:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            with self.transaction():
                for statement in _SCHEMA:
                    self._db.execute(statement)
                self._db.execute("INSERT OR IGNORE INTO about VALUES ('version', ?)", (_VERSION,))
        row = self._db.execute("SELECT value FROM about WHERE key = 'version'").fetchone()
        if row is None or int(row[0]) != _VERSION:
            raise UserError(f"{self.path} was written by another version of zero")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite says of a damaged or foreign file into one line."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if "disk" in str(error) and "full" in str(error):
                raise UserError(f"{self.path}: the disk is full; free some space") from None
            raise UserError(
                f"{self.path} cannot be read as a run's database ({error}); "
                "restore it from a copy, or start a new run"
            ) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all or nothing of what happens inside."""
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def add_checkpoint(self, row: CheckpointRow) -> None:
        """Enter a checkpoint whose file is in place; one of the same phase is replaced."""
        with self.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row.phase,
                    row.steps,
                    row.games,
                    row.file,
                    row.sha256,
                    json.dumps(row.counters, sort_keys=True),
                    row.elapsed,
                    int(row.kept),
                    int(row.rated),
                ),
            )

    def checkpoints(self) -> list[CheckpointRow]:
        """Return every checkpoint ever committed, oldest first; `kept` tells which have files."""
        with self._explained():
            rows = self._db.execute("SELECT * FROM checkpoints ORDER BY phase").fetchall()
            return [_row(values) for values in rows]

    def mark_rated(self, phase: int, counters: dict[str, Any], elapsed: float) -> None:
        """Say that the checkpoint of `phase` has been rated; its file is then kept for good.

        The counters and the running time take in what the rating took.
        """
        with self.transaction():
            self._db.execute(
                "UPDATE checkpoints SET rated = 1, counters = ?, elapsed = ? WHERE phase = ?",
                (json.dumps(counters, sort_keys=True), elapsed, phase),
            )

    def forget_files(self, phases: list[int]) -> None:
        """Say that the files of these checkpoints are about to be deleted."""
        with self.transaction():
            self._db.executemany(
                "UPDATE checkpoints SET kept = 0 WHERE phase = ?", [(p,) for p in phases]
            )

    def cut(self, phase: int) -> None:
        """Drop the checkpoints after `phase`: their files do not verify, so they never happened."""
        with self.transaction():
            self._db.execute("DELETE FROM checkpoints WHERE phase > ?", (phase,))

    def add_event(self, phase: int, kind: str, text: str) -> None:
        """Log something that a person should know, such as a rollback."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO events (phase, kind, text) VALUES (?, ?, ?)", (phase, kind, text)
            )

    def events(self) -> list[tuple[int, str, str]]:
        """Return (phase, kind, text) of every event, oldest first."""
        with self._explained():
            return self._db.execute("SELECT phase, kind, text FROM events ORDER BY id").fetchall()

    def set_about(self, values: Mapping[str, str]) -> None:
        """Write facts about the run as a whole, such as its state."""
        with self.transaction():
            self._db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", values.items())

    def about(self) -> dict[str, str]:
        """Return the facts about the run as a whole."""
        with self._explained():
            return dict(self._db.execute("SELECT key, value FROM about").fetchall())

    def close(self) -> None:
        """Close the connection; what was committed stays."""
        self._db.close()


def _row(values: tuple[Any, ...]) -> CheckpointRow:
    phase, steps, games, file, sha256, counters, elapsed, kept, rated = values
    return CheckpointRow(
        phase, steps, games, file, sha256, json.loads(counters), elapsed, bool(kept), bool(rated)
    )
