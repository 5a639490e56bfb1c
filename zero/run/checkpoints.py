"""The checkpoints of a run: commits, finds, verifies and thins them out."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from games import Game
from games.errors import UserError
from selfplay.storage.files import check_sha256
from zero.learners.learner import Learner
from zero.run.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from zero.run.database import CheckpointRow, RunDatabase
from zero.run.directory import RunDirectory
from zero.run.state import RunState
from zero.settings.schema import Settings


class Checkpoints:
    """Writes and reads the checkpoints of one run."""

    def __init__(
        self, run: RunDirectory, database: RunDatabase, game: Game, settings: Settings
    ) -> None:
        self._run = run
        self._database = database
        self._game = game
        self._settings = settings

    def commit(self, learner: Learner[Any], state: RunState, blobs: Mapping[str, bytes]) -> None:
        """Write the file, make it durable, then enter it in the database.

        The file holds nothing that a clock decides, so that equal runs have equal files.
        """
        name = f"{state.phase:06}.safetensors"
        extra = {"phase": state.phase, "search": self._settings.search.model_dump()}
        sha256 = save_checkpoint(
            self._run.checkpoints / name, learner, self._game.name, extra, blobs
        )
        self._database.add_checkpoint(
            CheckpointRow(
                phase=state.phase,
                steps=learner.steps,
                games=state.games,
                file=name,
                sha256=sha256,
                counters=state.to_counters(),
                elapsed=state.elapsed,
                kept=True,
                rated=False,
            )
        )
        self._thin_out()

    def newest(self) -> tuple[CheckpointRow, Checkpoint] | None:
        """Return the newest checkpoint that verifies; None if the run never committed one.

        Newer ones that do not verify are struck off, and an event says so. Raises UserError if
        there are checkpoints and none verifies.
        """
        rows = [row for row in reversed(self._database.checkpoints()) if row.kept]
        problems: list[str] = []
        for row in rows:
            try:
                checkpoint = self._verified(row)
            except UserError as error:
                problems.append(str(error))
                continue
            if problems:
                self._database.cut(row.phase)
                text = f"went back to phase {row.phase}: {'; '.join(problems)}"
                self._database.add_event(row.phase, "damaged checkpoint", text)
            self._remove_strays(row.phase)
            return row, checkpoint
        if rows:
            raise UserError(
                f"no checkpoint of run {self._run.name!r} can be used ({problems[0]}); "
                "restore one from a copy, or start a new run"
            )
        return None

    def path(self, row: CheckpointRow) -> Path:
        """Return the file of a checkpoint."""
        return self._run.checkpoints / row.file

    def _verified(self, row: CheckpointRow) -> Checkpoint:
        path = self.path(row)
        check_sha256(path, row.sha256)
        return load_checkpoint(path, self._game)

    def _thin_out(self) -> None:
        """Delete the files of old checkpoints that were never rated; first the entry, then it."""
        rows = [row for row in self._database.checkpoints() if row.kept]
        old = [row for row in rows[: -self._settings.training.checkpoints_kept] if not row.rated]
        if old:
            self._database.forget_files([row.phase for row in old])
            for row in old:
                with suppress(OSError):
                    self.path(row).unlink(missing_ok=True)

    def _remove_strays(self, phase: int) -> None:
        """Delete what a killed process left: files after `phase`, and half-written ones."""
        for path in self._run.checkpoints.iterdir():
            stray = ".tmp-" in path.name or (path.stem.isdigit() and int(path.stem) > phase)
            if stray:
                with suppress(OSError):
                    path.unlink()
