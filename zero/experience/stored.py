"""The games of a store as a source: nothing is played, and all phases learn from the same games."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from games import Game
from games.errors import UserError
from selfplay import GameRecord
from selfplay.storage.games import GameStore
from zero.experience.source import Games


class StoredGames:
    """The newest games of a store, read in the first phase.

    In each phase an equal share of them counts as new, so that `phases` phases sample each position
    `training.reuse` times. A longer run goes through the games again.
    """

    doing = "reading games"

    def __init__(self, path: Path, game: Game, positions: int, phases: int) -> None:
        """`positions`: to learn from at most. Raises UserError if the store holds none."""
        self._path = path
        self._game = game
        self._most = positions
        self._phases = phases
        with GameStore(path, game.name) as store:
            if not store.positions():
                raise UserError(f"{path} holds no positions to learn from; play some games first")

    def prepare(self) -> None:
        """Nothing is needed."""

    def gather(self, phase: int, trained: bool) -> Games:
        """Return all games in the first phase, and none later."""
        records = self._records() if phase == 1 else ()
        return Games(records, share=1 / self._phases, complete=True)

    def past(self, phase: int, positions: int) -> Games:
        """Return all games, unless nothing was taken in yet."""
        return Games(self._records() if phase else (), complete=True)

    def _records(self) -> Iterator[GameRecord]:
        with GameStore(self._path, self._game.name) as store:
            yield from store.newest(self._game, self._most)

    def snapshot(self) -> dict[str, bytes]:
        """Nothing is in flight."""
        return {}

    def restore(self, snapshot: Mapping[str, bytes]) -> None:
        """Nothing was in flight."""
