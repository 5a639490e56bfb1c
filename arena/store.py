"""The arena's database: matches with their games, and the points of a run's strength curves.

SQLite in WAL mode: one writer, any number of readers. A match exists, with all its games and curve
points, once its transaction is committed; until then it does not exist at all.
"""

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arena.matches.match import GameResult, MatchResult
from games.errors import UserError
from selfplay.storage.database import Database

_APPLICATION = 0x7A41524E  # "zARN"
_VERSION = 2
_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE matches (
  id INTEGER PRIMARY KEY,
  phase INTEGER,                 -- of the checkpoint that was rated; NULL outside a run
  a TEXT NOT NULL, b TEXT NOT NULL,
  seed TEXT NOT NULL,            -- 64 bits unsigned do not fit an INTEGER
  summary TEXT NOT NULL,         -- MatchResult.to_dict() as JSON
  created REAL NOT NULL          -- seconds since 1970
);
CREATE UNIQUE INDEX match_of_phase ON matches (phase, a, b) WHERE phase IS NOT NULL;
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
  phase INTEGER NOT NULL,
  curve TEXT NOT NULL,
  value REAL NOT NULL, low REAL, high REAL,  -- NULL: no bound
  detail TEXT NOT NULL,          -- JSON
  PRIMARY KEY (phase, curve)
) WITHOUT ROWID;
"""
# Format 1 called a phase a step. A writer renames it for good, a reader for itself alone.
_UPGRADE = """
ALTER TABLE matches RENAME COLUMN step TO phase;
ALTER TABLE points RENAME COLUMN step TO phase;
DROP INDEX match_of_step;
CREATE UNIQUE INDEX match_of_phase ON matches (phase, a, b) WHERE phase IS NOT NULL;
"""
_VIEWS = """
CREATE TEMP VIEW matches AS SELECT *, step AS phase FROM main.matches;
CREATE TEMP VIEW points AS SELECT *, step AS phase FROM main.points;
"""


@dataclass(frozen=True)
class CurvePoint:
    """One figure of a checkpoint with its 95 % interval, such as "score vs mcts:200" or "mistakes".

    The writer may put anything into `detail` that JSON can hold. A missing bound is None.
    """

    phase: int
    curve: str
    value: float
    low: float | None = None
    high: float | None = None
    detail: dict[str, Any] | None = None


@dataclass(frozen=True)
class StoredMatch:
    """A match as stored: `summary` is MatchResult.to_dict()."""

    id: int
    phase: int | None
    a: str
    b: str
    created: float
    summary: dict[str, Any]


class ArenaStore(Database):
    """The matches, games and curves of one game, in one file.

    `writer`: take the writer's lock, which dies with its holder, and create the file if it does not
    exist. Raises UserError if another process writes, or if the file is missing, damaged or of
    another game.
    """

    what = "database of matches"
    remedy = "give another path"

    def __init__(self, path: str | Path, game_name: str, *, writer: bool = False) -> None:
        if writer:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, writer, ": no match has been stored there")
        with self.opening():
            self._prepare(game_name)

    def add_match(
        self, result: MatchResult, phase: int | None = None, points: Sequence[CurvePoint] = ()
    ) -> int:
        """Commits a match, its games and curve points in one transaction; returns the match's id.

        A match of the same phase between the same players is replaced, and so are curve points of
        the same phase and curve: a run that rates a checkpoint again leaves no duplicate. Raises
        UserError if it cannot be written; then nothing of it was.
        """
        with self.transaction():
            if phase is not None:
                self._db.execute(
                    "DELETE FROM matches WHERE phase = ? AND a = ? AND b = ?",
                    (phase, result.a, result.b),
                )
            cursor = self._db.execute(
                "INSERT INTO matches (phase, a, b, seed, summary, created) VALUES (?,?,?,?,?,?)",
                (phase, result.a, result.b, str(result.seed), _json(result.to_dict()), time.time()),
            )
            match = cursor.lastrowid
            assert match is not None
            rows = [_game_row(match, n, game) for n, game in enumerate(result.games)]
            self._db.executemany("INSERT INTO games VALUES (?,?,?,?,?,?,?)", rows)
            self._insert_points(points)
        return match

    def add_points(self, points: Sequence[CurvePoint]) -> None:
        """Commits curve points in one transaction; the same phase and curve is replaced."""
        with self.transaction():
            self._insert_points(points)

    def drop_after(self, phase: int) -> None:
        """Forgets the matches and points of later phases, for a run that goes back to `phase`."""
        with self.transaction():
            self._db.execute("DELETE FROM matches WHERE phase > ?", (phase,))
            self._db.execute("DELETE FROM points WHERE phase > ?", (phase,))

    def matches(self) -> list[StoredMatch]:
        """All matches, oldest first."""
        with self._reading():
            rows = self._db.execute(
                "SELECT id, phase, a, b, created, summary FROM matches ORDER BY id"
            ).fetchall()
            return [
                StoredMatch(match, phase, a, b, created, json.loads(summary))
                for match, phase, a, b, created, summary in rows
            ]

    def games(self, match: int) -> list[GameResult]:
        """The games of a match, in their order. Raises UserError if there is no such match."""
        with self._reading():
            rows = self._db.execute(
                "SELECT first, actions, opening_plies, returns, reason FROM games"
                " WHERE match = ? ORDER BY number",
                (match,),
            ).fetchall()
            if not rows:
                raise UserError(f"{self.path}: there is no match {match}")
            return [
                GameResult(first, tuple(np.frombuffer(actions, "<u2").tolist()), *rest)
                for first, actions, *rest in rows
            ]

    def points(self, curve: str | None = None) -> list[CurvePoint]:
        """The points of one curve, or of all curves, by phase."""
        with self._reading():
            rows = self._db.execute(
                "SELECT phase, curve, value, low, high, detail FROM points"
                " WHERE ?1 IS NULL OR curve = ?1 ORDER BY phase, curve",
                (curve,),
            ).fetchall()
            return [
                CurvePoint(phase, name, value, low, high, json.loads(detail))
                for phase, name, value, low, high, detail in rows
            ]

    def curves(self) -> list[str]:
        """The names of all curves, sorted."""
        with self._reading():
            rows = self._db.execute("SELECT DISTINCT curve FROM points ORDER BY curve").fetchall()
            return [row[0] for row in rows]

    def _prepare(self, game_name: str) -> None:
        self._db.execute("PRAGMA foreign_keys=ON")
        if self._writer and self._is_new():
            self._create(game_name)
        if self._pragma("application_id") != _APPLICATION:
            raise UserError(f"{self.path} is no {self.what}; {self.remedy}")
        version = self._pragma("user_version")
        if version not in (1, _VERSION):
            raise UserError(
                f"{self.path} has format {version}, this program reads {_VERSION}; "
                "use the version of zero that wrote it"
            )
        row = self._db.execute("SELECT value FROM about WHERE key = 'game'").fetchone()
        if row is None or row[0] != game_name:
            held = "an unknown game" if row is None else row[0]
            raise UserError(f"{self.path} holds matches of {held}, not of {game_name}")
        if version == 1:
            self._call_steps_phases()

    def _create(self, game_name: str) -> None:
        with self.transaction():
            self._execute_all(_SCHEMA)
            self._db.execute("INSERT INTO about VALUES ('game', ?)", (game_name,))
            self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _call_steps_phases(self) -> None:
        """Makes a file of format 1 look like one of today."""
        if not self._writer:
            self._execute_all(_VIEWS)
            return
        with self.transaction():
            self._execute_all(_UPGRADE)
            self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _execute_all(self, script: str) -> None:
        for statement in script.split(";\n"):
            if statement.strip():
                self._db.execute(statement)

    def _insert_points(self, points: Sequence[CurvePoint]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO points VALUES (?,?,?,?,?,?)",
            [(p.phase, p.curve, p.value, p.low, p.high, _json(p.detail)) for p in points],
        )

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            with self._explained("read"):
                yield
        except (ValueError, TypeError) as error:  # a row that this program cannot have written
            raise UserError(
                f"{self.path} cannot be read: it is damaged ({error}); restore it from a copy"
            ) from error


def _game_row(match: int, number: int, game: GameResult) -> tuple[int | bytes | str, ...]:
    actions = np.asarray(game.actions, dtype="<u2").tobytes()
    return (match, number, game.first, game.opening_plies, actions, game.returns, game.reason)


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)
