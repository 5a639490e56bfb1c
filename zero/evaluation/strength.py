"""When a run rates its checkpoints, against whom, and how long this may take."""

from __future__ import annotations

import time

from arena.players.player import Player
from arena.players.search import SearchPlayer
from games import Game
from zero.evaluation.rater import Opponent, Rater
from zero.inference.evaluator import make_evaluator
from zero.run.checkpoint import load_network
from zero.run.checkpoints import Checkpoints
from zero.run.database import CheckpointRow, RunDatabase
from zero.run.metrics import Line
from zero.run.state import RunState
from zero.settings.schema import Settings


class Strength:
    """Rates the newest checkpoint when it is due.

    Ratings do not affect learning, so the clock may decide about them: except for the last one,
    they take at most the share of the run's time that the settings allow.
    """

    def __init__(
        self,
        name: str,
        game: Game,
        settings: Settings,
        rater: Rater,
        database: RunDatabase,
        checkpoints: Checkpoints,
    ) -> None:
        self._name = name
        self._game = game
        self._settings = settings
        self._rater = rater
        self._database = database
        self._checkpoints = checkpoints
        self._fixed = rater.opponents()

    def due(self, state: RunState, untrained: bool, speed: float | None) -> bool:
        """Tell whether the checkpoint of this phase should be rated now, the run going on.

        An untrained network is rated once, unless that takes too long: it is where the curve
        begins. `speed`: evaluations/s of the network alone, if known.
        """
        rating = self._settings.rating
        if not rating.every or state.phase == 0:
            return False
        if untrained:
            return self._newest_rated() < 0 and self._first_is_quick(speed)
        if state.phase % rating.every:
            return False
        if self._newest_rated() == state.phase:
            return False
        return state.rating_seconds + state.rating_cost <= rating.share * state.elapsed

    def _first_is_quick(self, speed: float | None) -> bool:
        """Tell whether the first rating fits into the share of the run's time.

        Nothing has been timed yet, and what is untrained plays long games: half of the longest.
        """
        rating, minutes = self._settings.rating, self._settings.run.minutes
        if minutes is None or speed is None:
            return True
        moves = rating.games * len(self._fixed) * self._game.max_plies / 4  # of the network
        return moves * rating.simulations / speed <= rating.share * minutes * 60.0

    def last_is_missing(self, state: RunState) -> bool:
        """Tell whether the run's last checkpoint is still unrated."""
        return state.phase > 0 and self._newest_rated() != state.phase

    def rate(self, state: RunState, last: bool) -> list[Line]:
        """Rate the newest checkpoint, whose network the evaluators hold. `last`: of the run."""
        start = time.monotonic()
        opponents = list(self._fixed)
        older = self._older(state.phase)
        if older is not None:
            opponents.append(older)
        lines = self._rater.rate(state.phase, f"{self._name}@{state.phase}", opponents, whole=last)
        state.rating_cost = time.monotonic() - start
        state.rating_seconds += state.rating_cost
        state.rating_reserve = self._rater.whole_seconds
        return lines

    def _rated(self) -> list[CheckpointRow]:
        return [row for row in self._database.checkpoints() if row.rated and row.kept]

    def _newest_rated(self) -> int:
        rated = self._rated()
        return rated[-1].phase if rated else -1

    def _older(self, phase: int) -> Opponent | None:
        """Return a checkpoint that was rated some ratings ago."""
        back = self._settings.rating.older
        rated = [row for row in self._rated() if row.phase < phase]
        if not back or not rated:
            return None
        row = rated[-min(back, len(rated))]
        name = f"{self._name}@{row.phase}"

        def make() -> Player:
            network, _ = load_network(self._checkpoints.path(row), self._game)
            evaluator = make_evaluator(
                network, self._settings.run.device, self._settings.inference, self._game
            )
            simulations = self._settings.rating.simulations
            search = self._settings.search.replace(simulations=simulations)
            return SearchPlayer(name, evaluator, search)

        return Opponent(name, make)
