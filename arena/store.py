"""The arena's database: matches with their games, and the points of a run's strength curves.

SQLite in WAL mode: one writer, any number of readers. A match exists when its transaction is
committed, with all its games and curve points, or not at all.
"""

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from games.errors import UserError
from selfplay.lock import FileLock

from arena.match import GameResult, MatchResult

_APPLICATION_ID = 0x7A41524E  # "zARN"
_VERSION = 1
_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE matches (
  id INTEGER PRIMARY KEY,
  step INTEGER,                  -- the checkpoint that was rated; NULL outside a run
  a TEXT NOT NULL, b TEXT NOT NULL,
  seed TEXT NOT NULL,            -- 64 bits unsigned do not fit an INTEGER
  summary TEXT NOT NULL,         -- MatchResult.to_dict() as JSON
  created REAL NOT NULL          -- seconds since 1970
);
CREATE UNIQUE INDEX match_of_step ON matches (step, a, b) WHERE step IS NOT NULL;
CREATE TABLE games (
  match INTEGER NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  first INTEGER NOT NULL,        -- 0: player a moved first
  opening_plies INTEGER NOT NULL,
  actions BLOB NOT NULL,         -- unsigned 16-bit, little-endian
  returns INTEGER NOT NULL,      -- of whoever moved first
  reason TEXT NOT NULL,
  PRIMARY KEY (match, number)
) WITHOUT ROWID;
CREATE TABLE points (
  step INTEGER NOT NULL,
  curve TEXT NOT NULL,
  value REAL NOT NULL, low REAL, high REAL,  -- NULL: no bound
  detail TEXT NOT NULL,          -- JSON
  PRIMARY KEY (step, curve)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class CurvePoint:
    """One figure of a checkpoint with its 95 % interval, such as "score vs mcts:200" or "mistakes".

    `detail` is free for the writer; JSON must be able to hold it. A missing bound is None.
    """

    step: int
    curve: str
    value: float
    low: float | None = None
    high: float | None = None
    detail: dict[str, Any] | None = None


@dataclass(frozen=True)
class StoredMatch:
    """A match as stored: `summary` is MatchResult.to_dict()."""

    id: int
    step: int | None
    a: str
    b: str
    created: float
    summary: dict[str, Any]


class ArenaStore:
    """The matches, games and curves of one game, in one file.

    `writer`: take the writer's lock, which dies with its holder, and make the file if it is not
    there. Raises UserError if another process writes, or if the file is missing, damaged or of
    another game.
    """

    def __init__(self, path: str | Path, game_name: str, *, writer: bool = False) -> None:
        self._path = Path(path)
        self._lock = FileLock(self._path) if writer else None
        try:
            self._connection = self._open(writer)
            self._check(game_name, writer)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the file and gives the lock back."""
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add_match(
        self, result: MatchResult, step: int | None = None, points: Sequence[CurvePoint] = ()
    ) -> int:
        """Commits a match, its games and curve points in one transaction; returns the match's id.

        A match of the same step between the same players is replaced, and so are curve points of
        the same step and curve: a run that rates a checkpoint again leaves no duplicate.
        """
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if step is not None:
                self._connection.execute(
                    "DELETE FROM matches WHERE step = ? AND a = ? AND b = ?",
                    (step, result.a, result.b),
                )
            cursor = self._connection.execute(
                "INSERT INTO matches (step, a, b, seed, summary, created) VALUES (?,?,?,?,?,?)",
                (step, result.a, result.b, str(result.seed), _json(result.to_dict()), time.time()),
            )
            match = cursor.lastrowid
            assert match is not None
            rows = [_game_row(match, n, game) for n, game in enumerate(result.games)]
            self._connection.executemany("INSERT INTO games VALUES (?,?,?,?,?,?,?)", rows)
            self._insert_points(points)
        return match

    def add_points(self, points: Sequence[CurvePoint]) -> None:
        """Commits curve points in one transaction; the same step and curve is replaced."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._insert_points(points)

    def matches(self) -> list[StoredMatch]:
        """All matches, oldest first."""
        rows = self._read("SELECT id, step, a, b, created, summary FROM matches ORDER BY id")
        return [StoredMatch(*row[:5], summary=json.loads(row[5])) for row in rows]

    def games(self, match: int) -> list[GameResult]:
        """The games of a match, in their order. Raises UserError if there is no such match."""
        rows = self._read(
            "SELECT first, actions, opening_plies, returns, reason FROM games"
            " WHERE match = ? ORDER BY number",
            (match,),
        )
        if not rows:
            raise UserError(f"{self._path}: there is no match {match}")
        return [
            GameResult(first, tuple(np.frombuffer(actions, "<u2").tolist()), *rest)
            for first, actions, *rest in rows
        ]

    def points(self, curve: str | None = None) -> list[CurvePoint]:
        """The points of one curve, or of all curves, by step."""
        rows = self._read(
            "SELECT step, curve, value, low, high, detail FROM points"
            " WHERE ?1 IS NULL OR curve = ?1 ORDER BY step, curve",
            (curve,),
        )
        return [CurvePoint(*row[:5], detail=json.loads(row[5])) for row in rows]

    def curves(self) -> list[str]:
        """The names of all curves, sorted."""
        return [row[0] for row in self._read("SELECT DISTINCT curve FROM points ORDER BY curve")]

    def drop_after(self, step: int) -> None:
        """Forgets the matches and points of later steps, for a run that goes back to `step`."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("DELETE FROM matches WHERE step > ?", (step,))
            self._connection.execute("DELETE FROM points WHERE step > ?", (step,))

    def _open(self, writer: bool) -> sqlite3.Connection:
        if not self._path.is_file():
            if not writer:
                raise UserError(f"{self._path} is not there: no match has been stored yet")
            self._path.parent.mkdir(parents=True, exist_ok=True)
        mode = "rwc" if writer else "ro"
        try:
            connection = sqlite3.connect(
                f"{self._path.resolve().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                timeout=30.0,
            )
            connection.execute("PRAGMA foreign_keys = ON")
            if writer:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            raise self._damaged(error) from None
        return connection

    def _check(self, game_name: str, writer: bool) -> None:
        try:
            empty = not self._connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            if empty and writer:
                self._create(game_name)
            (application,) = self._connection.execute("PRAGMA application_id").fetchone()
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if application != _APPLICATION_ID:
                raise UserError(f"{self._path} is not a database of matches; give another path")
            if version != _VERSION:
                raise UserError(
                    f"{self._path} has format {version}, but this version of zero reads {_VERSION}"
                )
            (game,) = self._connection.execute(
                "SELECT value FROM about WHERE key = 'game'"
            ).fetchone()
        except (sqlite3.Error, TypeError) as error:
            raise self._damaged(error) from None
        if game != game_name:
            raise UserError(f"{self._path} holds matches of {game}, not of {game_name}")

    def _create(self, game_name: str) -> None:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement in _SCHEMA.split(";\n"):
                if statement.strip():
                    self._connection.execute(statement)
            self._connection.execute("INSERT INTO about VALUES ('game', ?)", (game_name,))
            self._connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version = {_VERSION}")

    def _read(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from None

    def _insert_points(self, points: Sequence[CurvePoint]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO points VALUES (?,?,?,?,?,?)",
            [(p.step, p.curve, p.value, p.low, p.high, _json(p.detail)) for p in points],
        )

    def _damaged(self, error: Exception) -> UserError:
        return UserError(f"{self._path} cannot be read as a database of matches: {error}")


def _game_row(match: int, number: int, game: GameResult) -> tuple[int | bytes | str, ...]:
    actions = np.asarray(game.actions, dtype="<u2").tobytes()
    return (match, number, game.first, game.opening_plies, actions, game.returns, game.reason)


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)
