"""The files of a run, opened for writing by the one process that holds its lock."""

from __future__ import annotations

from contextlib import ExitStack

from arena.store import ArenaStore
from games import Game
from games.errors import UserError
from selfplay.storage.games import GameStore
from selfplay.storage.lock import WriterLock
from zero.run.checkpoints import Checkpoints
from zero.run.directory import RunDirectory
from zero.settings.schema import Settings


class RunFiles:
    """Databases and checkpoints of a run. Raises UserError if the run exists and is not resumed, or
    the other way round, or if another process has it.
    """

    def __init__(self, run: RunDirectory, game: Game, settings: Settings, resume: bool) -> None:
        self._open = ExitStack()
        with ExitStack() as undone:
            undone.callback(self._open.close)
            run.make_folders()
            self._open.enter_context(WriterLock(run.path / "run", f"run {run.name!r}"))
            if run.exists() and not resume:
                raise UserError(
                    f"run {run.name!r} exists already: add --resume, or take another name"
                )
            self.database = run.database(writer=True)
            self._open.callback(self.database.close)
            name = game.name
            self.games = self._open.enter_context(GameStore(run.games_file, name, writer=True))
            self.arena = self._open.enter_context(ArenaStore(run.arena_file, name, writer=True))
            self.checkpoints = Checkpoints(run, self.database, game, settings)
            undone.pop_all()

    def rated_phases(self) -> set[int]:
        """Return the phases whose checkpoints have been rated."""
        return {row.phase for row in self.database.checkpoints() if row.rated}

    def close(self) -> None:
        """Close the files and let go of the run."""
        self._open.close()
