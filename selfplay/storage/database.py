"""An SQLite file with one writer and any number of readers: the base of a run's three databases.

What is committed is on disk, and stays there. If a file is damaged or foreign, or the disk is full,
the error is one line.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from games.errors import UserError
from selfplay.storage.lock import WriterLock


class Database:
    """The connection of one holder. A subclass calls `__init__`, then reads or creates its tables
    inside `opening`.

    `writer` creates the file if it is missing, and excludes other writers by a lock that dies with
    its holder (unless `locked` says that something larger is already locked). `missing` is the end
    of the message about a missing file. Raises UserError.
    """

    what: ClassVar[str]  # "store of games", for messages
    remedy: ClassVar[str]  # what to give in place of a file that is none
    locked: ClassVar[bool] = True

    def __init__(self, path: str | Path, writer: bool, missing: str) -> None:
        self.path = Path(path)
        self._writer = writer
        self._lock: WriterLock | None = None
        self._broken = False
        if self.path.is_dir():
            raise UserError(f"{path} is a folder; give the file of a {self.what}")
        if not writer and not self.path.is_file():
            raise UserError(f"{path} does not exist{missing}")
        if writer and self.locked:
            self._lock = WriterLock(self.path)
        try:
            with self._explained("opened"):
                self._db = sqlite3.connect(
                    f"{self.path.absolute().as_uri()}?mode={'rwc' if writer else 'ro'}",
                    uri=True,
                    isolation_level=None,
                    timeout=30.0,
                )
        except BaseException:
            self._release()
            raise

    @contextlib.contextmanager
    def opening(self) -> Iterator[None]:
        """Prepare the connection for the caller, who sees to the tables; close it if that fails."""
        try:
            with self._explained("opened"):
                self._db.execute("PRAGMA trusted_schema=OFF")
                self._db.execute("PRAGMA cell_size_check=ON")
                if self._writer:
                    # In the write-ahead log FULL is an fsync a commit; NORMAL could lose the last.
                    self._db.execute("PRAGMA synchronous=FULL")
                yield
                if self._writer:
                    self._db.execute("PRAGMA journal_mode=WAL")  # readers and writer never wait
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file and let the next writer in. Calling it again does nothing."""
        self._db.close()
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    def _pragma(self, name: str) -> int:
        return int(self._db.execute(f"PRAGMA {name}").fetchone()[0])

    def _is_new(self) -> bool:
        """Tell whether the file is empty, be it that a writer died before it made the tables."""
        tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        return (tables, self._pragma("application_id")) == (0, 0)

    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._explained("read"):
            return self._db.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all of what happens inside, or nothing. Raises UserError if it cannot be."""
        if not self._writer or self._broken:
            raise UserError(f"{self.path} is not open for writing; open it again as its writer")
        with self._explained("written"):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException as error:
                # After a failed fsync nobody knows what is on disk, so nothing is tried twice.
                self._broken = isinstance(error, sqlite3.Error)
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _explained(self, doing: str) -> Iterator[None]:
        """Turn what SQLite says of a damaged or foreign file, or of the disk, into one line."""
        try:
            yield
        except (sqlite3.Error, UnicodeError) as error:  # Unicode: a damaged name in an SQLite error
            if isinstance(error, (sqlite3.ProgrammingError, sqlite3.InterfaceError)):
                raise  # a fault of the caller, such as use after close
            reason = self._reason(error)
            raise UserError(f"{self.path} cannot be {doing}: {reason}") from error

    def _reason(self, error: Exception) -> str:
        """Say what SQLite's result code (its primary part) means for the user, and what to do."""
        said = " ".join(str(error).split())[:120]
        reasons = {
            sqlite3.SQLITE_FULL: "the disk is full; free some space",
            sqlite3.SQLITE_IOERR: f"the disk does not take or give the data ({said}); "
            "check its space",
            sqlite3.SQLITE_NOTADB: f"it is no {self.what}; {self.remedy}",
            sqlite3.SQLITE_BUSY: "another program has it locked; try again when that has finished",
            sqlite3.SQLITE_CANTOPEN: f"{said}; its folder must exist and be writable",
            sqlite3.SQLITE_READONLY: "it or its folder is write-protected",
        }
        damaged = f"it is damaged or no {self.what} ({said}); restore it from a copy"
        return reasons.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, damaged)
