"""The self-play of a run: one pool for the whole run, played a phase at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from games import Game
from selfplay import (
    Actors,
    Evaluator,
    Pool,
    PoolSettings,
    RolloutEvaluator,
    SearchSettings,
    SelfPlayReport,
)
from selfplay.seeds import mix
from zero.inference.evaluator import RefreshableEvaluator
from zero.settings.schema import SelfplaySettings, Settings


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
        self._rollout_workers = rollout_workers
        search, pool = settings.search, settings.selfplay
        self._pool = Pool(game, search, pool, seed=settings.run.seed, threads=threads)
        self._evaluators = evaluators
        self._rollouts = False  # how the pool is configured

    def play(
        self, phase: int, untrained: bool, tick: Callable[[], None]
    ) -> tuple[list[bytes], SelfPlayReport]:
        """Play one phase; return the records of the games that ended in it, and what it took."""
        playing = self._settings.selfplay
        rollouts = untrained and playing.rollout_simulations > 0
        if rollouts != self._rollouts:
            search, pool = self._settings.search, self._settings.selfplay
            self._pool.configure(*(_with_rollouts(search, pool) if rollouts else (search, pool)))
            self._rollouts = rollouts
        evaluators: Sequence[Evaluator] = self._evaluators
        batches = playing.batches_per_phase
        if rollouts:
            random = RolloutEvaluator(mix(self._settings.run.seed, phase))
            evaluators = [random] * self._rollout_workers
            # As many moves a phase as with the network.
            search = self._settings.search
            batches = batches * playing.rollout_simulations // search.simulations + 1
        report = Actors(self._pool, evaluators).play(batches, tick)
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


def _with_rollouts(
    search: SearchSettings, playing: SelfplaySettings
) -> tuple[SearchSettings, PoolSettings]:
    """Return the settings of a pool that searches with random games in place of the network."""
    uct = SearchSettings.of(search, rule="uct", simulations=playing.rollout_simulations)
    # Each leaf has its own random game, so that there is nothing to remember.
    return uct, playing.replace(full_search_share=1.0, cache_mib=0)
