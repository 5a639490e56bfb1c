"""run.sqlite3: the checkpoints, phases and events of a run. What is committed here has happened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from games.errors import UserError
from selfplay.storage.database import Database

_VERSION = 1
_SCHEMA = (
    "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE checkpoints (
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
    """CREATE TABLE events (
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


class RunDatabase(Database):
    """The database of a run: one writer, any number of readers.

    Raises UserError if the file is not the database of a run, or is damaged.
    """

    what = "database of a run"
    remedy = "start a new run"
    locked = False  # the run is locked as a whole

    def __init__(self, path: Path, writer: bool = False) -> None:
        super().__init__(path, writer, ": this is no run, or it never started")
        with self.opening():
            self._prepare()

    def _prepare(self) -> None:
        if self._writer and self._is_new():
            with self.transaction():
                for statement in _SCHEMA:
                    self._db.execute(statement)
                self._db.execute("INSERT INTO about VALUES ('version', ?)", (_VERSION,))
        row = self._db.execute("SELECT value FROM about WHERE key = 'version'").fetchone()
        if row is None or int(row[0]) != _VERSION:
            raise UserError(f"{self.path} was written by another version of zero")

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
        rows = self._query("SELECT * FROM checkpoints ORDER BY phase")
        return [_row(values) for values in rows]

    def mark_rated(self, phase: int, counters: dict[str, Any], elapsed: float) -> None:
        """Say that the checkpoint of `phase` has been rated; its file is then kept for good.

        The counters and the running time take in what the rating took; counters that are not given
        stay as they are.
        """
        with self.transaction():
            found = self._db.execute("SELECT counters FROM checkpoints WHERE phase = ?", (phase,))
            counters = json.loads(found.fetchone()[0]) | counters
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
        return [
            (phase, kind, text)
            for phase, kind, text in self._query("SELECT phase, kind, text FROM events ORDER BY id")
        ]

    def set_about(self, values: Mapping[str, str]) -> None:
        """Write facts about the run as a whole, such as its state."""
        with self.transaction():
            self._db.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", values.items())

    def about(self) -> dict[str, str]:
        """Return the facts about the run as a whole."""
        return dict(self._query("SELECT key, value FROM about"))


def _row(values: tuple[Any, ...]) -> CheckpointRow:
    phase, steps, games, file, sha256, counters, elapsed, kept, rated = values
    return CheckpointRow(
        phase, steps, games, file, sha256, json.loads(counters), elapsed, bool(kept), bool(rated)
    )
