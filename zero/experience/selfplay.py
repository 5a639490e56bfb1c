"""The self-play of a run: one pool for the whole run, played a phase at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from games import Game
from selfplay import (
    Actors,
    Evaluator,
    GameRecord,
    Pool,
    RolloutEvaluator,
    SelfPlayReport,
)
from selfplay.seeds import mix
from zero.inference.evaluator import RefreshableEvaluator
from zero.settings.native import pool_settings, rollout_settings
from zero.settings.schema import Settings


class SelfPlay:
    """The pool of a run and its workers.

    Until the network has learnt anything, random games take its place: a tree search with rollouts
    plays better than one with an untrained network, and a hundred times faster, so that the network
    begins with something worth learning.
    """

    def __init__(
        self,
        game: Game,
        settings: Settings,
        evaluators: Sequence[RefreshableEvaluator],
        *,
        threads: int,
        rollout_workers: int,
    ) -> None:
        """`evaluators`: one a worker. `threads`: that advance one group together."""
        self._settings = settings
        self._threads = threads
        self._rollout_workers = rollout_workers
        self._native = pool_settings(settings, threads)
        self._pool = Pool(game, self._native)
        self._evaluators = evaluators
        self._rollouts = False  # how the pool is configured

    def play(
        self, phase: int, untrained: bool, tick: Callable[[], None]
    ) -> tuple[list[GameRecord], SelfPlayReport]:
        """Play one phase; return the records of the games that ended in it, and what it took."""
        playing = self._settings.selfplay
        rollouts = untrained and playing.rollout_simulations > 0
        if rollouts != self._rollouts:
            with_rollouts = rollout_settings(self._settings, self._threads)
            self._pool.configure(with_rollouts if rollouts else self._native)
            self._rollouts = rollouts
        evaluators: Sequence[Evaluator] = self._evaluators
        rounds = playing.rounds
        if rollouts:
            random = RolloutEvaluator(mix(self._settings.run.seed, phase))
            evaluators = [random] * self._rollout_workers
            # As many moves a phase as with the network.
            rounds = rounds * playing.rollout_simulations // self._settings.search.simulations + 1
        report = Actors(self._pool, evaluators).play(rounds, tick)
        self._pool.end_phase()
        return self._pool.take_records(), report

    def counters(self) -> dict[str, int]:
        """Return the pool's totals, live."""
        return self._pool.counters()

    def snapshot(self) -> bytes:
        """Return the games in flight, exactly; only between phases."""
        return self._pool.snapshot()

    def restore(self, snapshot: bytes) -> None:
        """Go on with the games of a snapshot. Raises GameError if it does not fit."""
        self._pool.restore(snapshot)
