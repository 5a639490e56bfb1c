"""The directory of a run: its paths, its name, its settings, and how runs are found."""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from games.errors import UserError, did_you_mean
from selfplay.storage.files import write_atomically
from zero.run.database import RunDatabase
from zero.settings.schema import Settings

_NAME = re.compile(r"[a-z0-9_-]{1,64}")


def check_name(name: str) -> str:
    """Return `name` if it may name a run. Raises UserError."""
    if not _NAME.fullmatch(name):
        raise UserError(f"{name!r} cannot name a run: use 1 to 64 of the characters a-z 0-9 _ -")
    return name


@dataclass(frozen=True)
class RunDirectory:
    """The files of one run below the folder of all runs.

    run.toml has the resolved settings, run.sqlite3 checkpoints and events, games.sqlite3 the game
    records, arena.sqlite3 matches and ratings.
    """

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def settings_file(self) -> Path:
        return self.path / "run.toml"

    @property
    def database_file(self) -> Path:
        return self.path / "run.sqlite3"

    @property
    def games_file(self) -> Path:
        return self.path / "games.sqlite3"

    @property
    def arena_file(self) -> Path:
        return self.path / "arena.sqlite3"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def metrics_file(self) -> Path:
        """metrics.jsonl: one line a phase or rating."""
        return self.path / "metrics.jsonl"

    @property
    def tuning_file(self) -> Path:
        """tuning.json: how the inference backend was chosen, and what was measured."""
        return self.path / "tuning.json"

    @property
    def tensorboard(self) -> Path:
        return self.path / "tensorboard"

    def exists(self) -> bool:
        return self.settings_file.is_file()

    def is_running(self) -> bool:
        """Tell whether a process holds the run's lock."""
        try:
            with (self.path / "run.lock").open("rb") as lock:
                # Looking takes the lock for a moment, which could turn a new writer away: the note
                # of its last holder spares most looks.
                with suppress(PermissionError):  # another user's process, which is one too
                    os.kill(int(lock.read(32)), 0)
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except (OSError, ValueError, OverflowError):
            return False
        return False

    def make_folders(self) -> None:
        """Make the folders. Raises UserError if something is in the way."""
        try:
            self.checkpoints.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise UserError(f"{self.path} is in the way: it is not a folder") from None

    def write_settings(self, settings: Settings) -> None:
        """Write run.toml, which makes the folder a run."""
        write_atomically(self.settings_file, settings.to_toml().encode())

    def settings(self) -> Settings:
        """Read run.toml. Raises UserError if it is damaged."""
        try:
            text = self.settings_file.read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise UserError(f"{self.settings_file} cannot be read: {error}") from None
        return Settings.from_toml(text, str(self.settings_file))

    def database(self, writer: bool = False) -> RunDatabase:
        return RunDatabase(self.database_file, writer)


def all_runs(folder: Path) -> list[RunDirectory]:
    """Return the runs in a folder, the one that was written to last first."""
    if not folder.is_dir():
        return []
    runs = [RunDirectory(path) for path in folder.iterdir() if path.is_dir()]
    return sorted((run for run in runs if run.exists()), key=_last_written, reverse=True)


def _last_written(run: RunDirectory) -> float:
    files = [run.settings_file, run.database_file, run.checkpoints]
    return max(file.stat().st_mtime for file in files if file.exists())


def find_run(folder: Path, name: str) -> RunDirectory:
    """Return the run of that name. Raises UserError that names the nearest one."""
    run = RunDirectory(folder / check_name(name))
    if not run.exists():
        known = [r.name for r in all_runs(folder)]
        hint = nearest_run(name, known)
        raise UserError(f"no run {name!r} in {folder}/; {hint}")
    return run


def nearest_run(name: str, known: list[str]) -> str:
    """Say which run may have been meant."""
    if not known:
        return "there are none yet: zero train GAME makes one"
    return did_you_mean(name, known, "zero runs lists them")


def runs_of(folder: Path, game: str) -> list[RunDirectory]:
    """Return the runs of a game, newest first; a run that cannot be read is passed over."""
    found = []
    for run in all_runs(folder):
        try:
            if run.settings().game.name == game:
                found.append(run)
        except UserError:
            continue
    return found


def fresh_name(folder: Path, game: str) -> str:
    """Return a name that no run has yet: the game and a number."""
    base = re.sub(r"[^a-z0-9_]+", "-", game.lower()).strip("-")[:58]
    number = 1
    while (folder / f"{base}-{number}").exists():
        number += 1
    return f"{base}-{number}"
