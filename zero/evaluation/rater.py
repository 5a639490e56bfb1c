"""Rates a checkpoint: matches with fixed opponents and an older self, mistakes on solved positions.

It borrows the evaluators of self-play, one for each thread: while one thread plays a match, another
checks the solved positions.
"""

from __future__ import annotations

import functools
import queue
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import games
from arena.matches.match import MatchResult, play_match
from arena.players.player import Player
from arena.players.search import SearchPlayer
from arena.players.specs import resolve
from arena.solved import (
    MistakeReport,
    SolvedPosition,
    has_solved_positions,
    mistakes,
    solved_positions,
)
from arena.store import ArenaStore, CurvePoint
from games import Game
from selfplay import Evaluator, SearchSettings
from zero.run.metrics import Line
from zero.settings.schema import Settings

SOLVED = "solved"
_QUICK_SOLVED = 300  # positions looked at while the run goes on; all of them at its end


@dataclass(frozen=True)
class Opponent:
    """An opponent: `make` builds its player anew for each match."""

    name: str
    make: Callable[[], Player]


@functools.cache
def _solved_positions(game_name: str) -> list[SolvedPosition]:
    """Return the solved positions of a game; working them out anew each time would be slow."""
    return solved_positions(games.make(game_name))


class Rater:
    """Rates the checkpoints of one run and writes arena.sqlite3."""

    def __init__(
        self, game: Game, settings: Settings, store: ArenaStore, evaluators: Sequence[Evaluator]
    ) -> None:
        self._game = game
        self._settings = settings
        self._store = store
        self._evaluators: queue.SimpleQueue[Evaluator] = queue.SimpleQueue()
        for evaluator in evaluators:
            self._evaluators.put(evaluator)
        self._threads = len(evaluators)
        self._solved_seconds = 0.0
        self.whole_seconds = 0.0  # what the last rating would have taken with all positions

    def opponents(self) -> list[Opponent]:
        return [
            Opponent(spec, functools.partial(resolve, spec, self._game))
            for spec in self._settings.rating.opponents
        ]

    def rate(self, phase: int, name: str, opponents: Sequence[Opponent], whole: bool) -> list[Line]:
        """Rate the network that the evaluators hold, as the checkpoint of `phase`.

        `whole`: look at all solved positions, not at a sample of them. What is found is committed
        to the arena's store and returned as lines of metrics.
        """
        tasks: list[Callable[[Evaluator], Any]] = [
            lambda e, o=opponent: self._match(phase, name, o, e)  # type: ignore[misc]
            for opponent in opponents
        ]
        if has_solved_positions(self._game):
            tasks.insert(0, lambda e: self._solved(name, e, whole))
        start = time.monotonic()
        with ThreadPoolExecutor(self._threads, thread_name_prefix="rating") as pool:
            results = list(pool.map(self._lend, tasks))
        more = 0 if whole else self._left_out()
        self.whole_seconds = time.monotonic() - start + more * self._solved_seconds
        return [self._commit(phase, result) for result in results]

    def _left_out(self) -> float:
        """Return the number of solved positions that a sample leaves out, for each it looks at."""
        if not has_solved_positions(self._game):
            return 0.0
        return max(0.0, len(_solved_positions(self._game.name)) / _QUICK_SOLVED - 1.0)

    def _lend(self, task: Callable[[Evaluator], Any]) -> Any:
        """Run a task with an evaluator that nobody else has."""
        evaluator = self._evaluators.get()
        try:
            return task(evaluator)
        finally:
            self._evaluators.put(evaluator)

    def _player(self, name: str, evaluator: Evaluator, simulations: int) -> Player:
        search = SearchSettings.of(self._settings.search, simulations=simulations)
        return SearchPlayer(name, evaluator, search, rows=128)

    def _match(
        self, phase: int, name: str, opponent: Opponent, evaluator: Evaluator
    ) -> tuple[str, MatchResult]:
        rating = self._settings.rating
        player = self._player(name, evaluator, rating.simulations)
        count = rating.games - rating.games % 2
        # The phase is in the seed: two checkpoints do not play the same openings.
        seed = self._settings.run.seed * 1_000_003 + phase
        with closing(opponent.make()) as other:
            return opponent.name, play_match(self._game, player, other, count, seed % 2**63)

    def _solved(
        self, name: str, evaluator: Evaluator, whole: bool
    ) -> tuple[MistakeReport, MistakeReport]:
        """Look for mistakes with search, and by the policy alone."""
        positions = _solved_positions(self._game.name)
        if not whole:
            positions = positions[:: max(1, len(positions) // _QUICK_SOLVED)]
        seed = self._settings.run.seed
        start = time.monotonic()
        player = self._player(name, evaluator, self._settings.rating.simulations)
        searched = mistakes(player, positions, seed)
        raw = mistakes(self._player(name, evaluator, 0), positions, seed)
        self._solved_seconds = time.monotonic() - start
        return searched, raw

    def _commit(self, phase: int, result: Any) -> Line:
        if isinstance(result[0], MistakeReport):
            return self._commit_mistakes(phase, *result)
        return self._commit_match(phase, *result)

    def _commit_mistakes(self, phase: int, searched: MistakeReport, raw: MistakeReport) -> Line:
        points = [("mistakes", searched), ("mistakes of the policy alone", raw)]
        self._store.add_points([_mistake_point(phase, curve, found) for curve, found in points])
        return {
            "kind": "rating",
            "phase": phase,
            "opponent": SOLVED,
            "error": searched.overall.share,
            "raw_error": raw.overall.share,
            "positions": searched.overall.count,
            "classes": {
                label: [rate.share, raw.classes[label].share, rate.count]
                for label, rate in searched.classes.items()
            },
        }

    def _commit_match(self, phase: int, opponent: str, match: MatchResult) -> Line:
        rating = match.rating.to_dict()
        point = CurvePoint(
            phase,
            f"score vs {opponent}",
            match.rating.score,
            match.rating.score_low,
            match.rating.score_high,
        )
        self._store.add_match(match, phase, [point])
        return {
            "kind": "rating",
            "phase": phase,
            "opponent": opponent,
            **{k: rating[k] for k in ("score", "score_low", "score_high")},
            **{k: rating[k] for k in ("elo", "elo_low", "elo_high", "bound")},
            "wins": match.wins,
            "draws": match.draws,
            "losses": match.losses,
            "games": len(match.games),
            "unique": match.unique,
        }


def _mistake_point(phase: int, curve: str, found: MistakeReport) -> CurvePoint:
    low, high = found.overall.interval
    return CurvePoint(phase, curve, found.overall.share, low, high, found.to_dict())
