"""The store: every game ever committed, in one SQLite file.

A game counts once its transaction is committed, and then it stays for ever: after kill -9, a power
cut or a full disk nothing is lost, and nothing is half-written. One writer holds the file at a
time; any number of readers may use it too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from games import Game
from games.errors import GameError, UserError
from selfplay.storage.database import Database
from zero_core.selfplay import GameRecord

_APPLICATION = 0x5A47414D  # "ZGAM", in the file's header
_FORMAT = "1"
# The index holds all that counting and finding the newest positions need, so that neither reads
# a record.
_SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE games (
      row INTEGER PRIMARY KEY,     -- in order of commit
      id INTEGER NOT NULL UNIQUE,
      phase INTEGER NOT NULL,      -- of the run that made the game
      plies INTEGER NOT NULL,
      positions INTEGER NOT NULL,  -- training positions
      returns INTEGER NOT NULL,    -- of player 0
      record BLOB NOT NULL
    )""",
    "CREATE INDEX games_in_order ON games (phase, id, positions)",
)
_COLUMNS = "row, phase, id, plies, positions, returns, record"
_PAGE = 256  # games read at once; between pages the writer is free to tidy its log
_LARGEST = 2**63 - 1


class Appended(NamedTuple):
    """What happened to the records given to `GameStore.append`."""

    added: int  # new games
    repeated: int  # already in the store, byte for byte
    differing: int  # ids already in the store with other content, which was kept


class GameStore(Database):
    """The game records of one game (rules), kept in the file `path`.

    `writer` creates the file if it is missing and excludes any other writer. `game_name`
    (canonical, such as "othello?size=6") must be that of the file; only a reader may leave it out.
    Raises UserError if the file is missing, damaged, of another game, not a store, or has a writer.
    """

    what = "store of games"
    remedy = "give a file that zero selfplay made"

    def __init__(
        self, path: str | Path, game_name: str | None = None, writer: bool = False
    ) -> None:
        if writer and game_name is None:
            raise ValueError("a writer must name its game")
        super().__init__(path, writer, f"; zero selfplay GAME --out {path} makes it")
        with self.opening():
            self._prepare(game_name)

    def append(self, records: Sequence[GameRecord], phase: int) -> Appended:
        """Commit finished games in one transaction, all or none; when it returns they are on disk.

        A game whose id is in the store is ignored: a run that resumes plays the games since its
        last checkpoint again, and what was committed first is what happened. Raises UserError if a
        record is unfinished or of other rules, or if it cannot be written (after that, open anew).
        """
        for name in {record.game.name for record in records}:
            self._check_game(name)
        rows = [(*_columns(record, phase), record.encode()) for record in records]
        counts = [0, 0, 0]
        with self.transaction():
            for row in rows:
                counts[self._insert(row)] += 1
        return Appended(*counts)

    def count(self) -> int:
        """Return the number of games. Reads an index, no record."""
        return int(self._query("SELECT count(*) FROM games")[0][0])

    def positions(self) -> int:
        """Return the number of training positions. Reads an index, no record."""
        return int(self._query("SELECT coalesce(sum(positions), 0) FROM games")[0][0])

    def games(
        self, game: Game, first: tuple[int, int] = (0, 0), last_phase: int = _LARGEST
    ) -> Iterator[GameRecord]:
        """Yield the records from `first` = (phase, id) to the end of `last_phase`, in that order.

        The order does not depend on when within its phase a game was committed. Each record is
        replayed by the rules of `game`. Raises UserError if one is damaged or of other rules.
        """
        self._check_game(game.name)
        phase, id = first
        key = (phase, id - 1)
        while True:
            rows = self._query(
                f"SELECT {_COLUMNS} FROM games WHERE (phase, id) > (?, ?) AND phase <= ? "
                "ORDER BY phase, id LIMIT ?",
                *key,
                last_phase,
                _PAGE,
            )
            for row in rows:
                yield self._decoded(game, row)
                key = (row[1], row[2])
            if len(rows) < _PAGE:
                return

    def newest(
        self, game: Game, positions: int, last_phase: int = _LARGEST
    ) -> Iterator[GameRecord]:
        """Yield the newest whole games up to `last_phase` with at most `positions` positions.

        At least one game that has positions. Oldest first, by (phase, id): the games that a Window
        holds to which all were added in this order and which was trimmed to `positions`.
        """
        first = self._oldest_of_newest(positions, last_phase)
        return iter(()) if first is None else self.games(game, first, last_phase)

    def since(self, game: Game, row: int = 0) -> Iterator[tuple[int, GameRecord]]:
        """Yield (row, record) of the games after `row`, in order of commit.

        For a reader who follows the writer: rows count from 1; go on from the last one seen.
        """
        self._check_game(game.name)
        while True:
            rows = self._query(
                f"SELECT {_COLUMNS} FROM games WHERE row > ? ORDER BY row LIMIT ?", row, _PAGE
            )
            for found in rows:
                yield found[0], self._decoded(game, found)
                row = found[0]
            if len(rows) < _PAGE:
                return

    def verify(self, game: Game) -> None:
        """Read the whole file and raise UserError unless all of it is sound.

        Reading games checks each record that it meets; this also finds damage that would hide one.
        """
        found = self._query("PRAGMA integrity_check(1)")[0][0]
        if found != "ok":
            what = " ".join(str(found).split())
            raise UserError(f"{self.path} is damaged ({what}); restore it from a copy")
        for _ in self.games(game):
            pass

    def _prepare(self, game_name: str | None) -> None:
        if self._writer and self._is_new():
            self._create(str(game_name))
        if self._pragma("application_id") != _APPLICATION:
            raise UserError(f"{self.path} is no {self.what}; {self.remedy}")
        meta = dict(self._db.execute("SELECT key, value FROM meta").fetchall())
        if "format" not in meta:
            raise UserError(
                f"{self.path} is damaged: it has lost its heading; restore it from a copy"
            )
        if meta["format"] != _FORMAT:
            raise UserError(
                f"{self.path} has format {meta['format']!r}, this program reads {_FORMAT!r}; "
                "use the version of zero that wrote it"
            )
        self.game_name = str(meta.get("game"))
        if game_name is not None:
            self._check_game(game_name)
        self._db.execute("SELECT count(*) FROM games").fetchone()

    def _check_game(self, name: str) -> None:
        if name != self.game_name:
            raise UserError(
                f"{self.path} holds games of {self.game_name!r}, not of {name!r}; give another file"
            )

    def _create(self, game_name: str) -> None:
        created = datetime.now(UTC).isoformat(timespec="seconds")
        with self.transaction():
            self._db.execute(f"PRAGMA application_id={_APPLICATION}")
            for statement in _SCHEMA:
                self._db.execute(statement)
            self._db.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [("format", _FORMAT), ("game", game_name), ("created", created)],
            )

    def _insert(self, row: tuple[Any, ...]) -> int:
        """Insert a row; return which of the counts of Appended it belongs to."""
        if self._db.execute(
            "INSERT INTO games (phase, id, plies, positions, returns, record) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            row,
        ).rowcount:
            return 0
        kept = self._db.execute("SELECT record FROM games WHERE id = ?", (row[1],)).fetchone()
        return 1 if kept[0] == row[-1] else 2

    def _oldest_of_newest(self, positions: int, last_phase: int) -> tuple[int, int] | None:
        first: tuple[int, int] | None = None
        total = 0
        with self._explained("read"), contextlib.closing(self._db.cursor()) as cursor:
            cursor.execute(
                "SELECT phase, id, positions FROM games WHERE phase <= ? "
                "ORDER BY phase DESC, id DESC",
                (last_phase,),
            )
            for phase, game, count in cursor:
                if not all(isinstance(value, int) for value in (phase, game, count)):
                    raise UserError(f"{self.path} is damaged; restore it from a copy")
                if total > 0 and total + count > positions:
                    break
                total += count
                first = (phase, game)
        return first

    def _decoded(self, game: Game, row: tuple[Any, ...]) -> GameRecord:
        phase, id, blob = row[1], row[2], row[6]
        try:
            record = GameRecord.decode(game, blob) if isinstance(blob, bytes) else None
            found = record and _columns(record, phase)
        except GameError as error:
            raise UserError(
                f"{self.path}: game {id} cannot be read ({error}); restore the file from a copy"
            ) from None
        if record is None or found != row[1:6]:
            raise UserError(
                f"{self.path}: the entry of game {id} does not match its record, so the file is "
                "damaged; restore it from a copy"
            )
        return record


def _columns(record: GameRecord, phase: int) -> tuple[int, int, int, int, int]:
    """Return (phase, id, plies, positions, returns). Raises GameError if it cannot be stored."""
    if not record.finished:
        raise GameError(f"game {record.id} is not finished; only finished games are stored")
    if record.id > _LARGEST:
        raise GameError(f"game id {record.id} is too large; the store keeps ids below 2^63")
    return (phase, record.id, record.plies, record.positions, record.returns)
