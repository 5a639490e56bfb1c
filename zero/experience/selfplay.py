"""Self-play as a source: one pool of games for the whole run, played a phase at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from games import Game
from games.errors import UserError
from selfplay import (
    Actors,
    Evaluator,
    Pool,
    PoolSettings,
    RolloutEvaluator,
    SearchSettings,
    SelfPlayReport,
    record_statistics,
)
from selfplay.seeds import mix
from selfplay.storage.games import GameStore
from zero.experience.source import Games
from zero.inference.in_play import NetworkInPlay
from zero.settings.schema import SelfplaySettings, Settings

POOL = "pool"  # the blob of a checkpoint that holds the games in flight

Meter = Callable[[Callable[[], dict[str, int]]], Callable[[], None]]


class SelfPlay:
    """The pool of a run, its actors, and the store for its games.

    Until the network has learnt something, random games replace it: a tree search with rollouts
    plays better than one with an untrained network, and a hundred times faster. So the network
    starts from something worth learning.
    """

    doing = "self-play"

    def __init__(
        self,
        game: Game,
        settings: Settings,
        store: GameStore,
        network: NetworkInPlay,
        *,
        actors: int,
        rollout_actors: int,
        group_threads: int,
        meter: Meter,
    ) -> None:
        """`actors` and `rollout_actors` play, `group_threads` advance one group together.

        `meter` shows counters that grow.
        """
        self._game = game
        self._settings = settings
        self._store = store
        self._network = network
        self._actors = actors
        self._rollout_actors = rollout_actors
        self._meter = meter
        search, playing = settings.search, settings.selfplay
        self._with_network: tuple[SearchSettings, PoolSettings] = (search, playing)
        self._with_rollouts = with_rollouts(search, playing)
        self._pool = Pool(game, search, playing, seed=settings.run.seed, threads=group_threads)
        self._rollouts = False  # how the pool is configured

    def prepare(self) -> None:
        """Measure what the network does alone."""
        self._network.measure_limit()

    def gather(self, phase: int, trained: bool) -> Games:
        """Play one phase, and commit the games that ended in it."""
        playing = self._settings.selfplay
        rollouts = not trained and playing.rollout_simulations > 0
        if rollouts != self._rollouts:
            self._pool.configure(*(self._with_rollouts if rollouts else self._with_network))
            self._rollouts = rollouts
        evaluators: Sequence[Evaluator] = [self._network.evaluator] * self._actors
        batches = playing.batches_per_phase
        if rollouts:
            random = RolloutEvaluator(mix(self._settings.run.seed, phase))
            evaluators = [random] * self._rollout_actors
            # As many moves a phase as with the network.
            simulations = self._settings.search.simulations
            batches = batches * playing.rollout_simulations // simulations + 1
        report = Actors(self._pool, evaluators).play(batches, self._meter(self._pool.counters))
        self._pool.end_phase()
        records = self._pool.take_records()
        self._store.append(records, phase)
        limit = self._network.limit
        figures = record_statistics(records) | _speed(report, limit if trained else None)
        return Games(records, len(records), figures | {"limit_evaluations_per_s": limit})

    def past(self, phase: int, positions: int) -> Games:
        """Return the newest games of the run's store."""
        return Games(self._store.newest(self._game, positions, last_phase=phase))

    def snapshot(self) -> dict[str, bytes]:
        """Return the games in flight, exactly; their searches begin anew."""
        return {POOL: self._pool.snapshot()}

    def restore(self, snapshot: Mapping[str, bytes]) -> None:
        """Go on with the games of a snapshot. Raises GameError if it does not fit."""
        if POOL not in snapshot:
            raise UserError("the checkpoint holds no games in flight: it was made without playing")
        self._pool.restore(snapshot[POOL])


def with_rollouts(
    search: SearchSettings, playing: SelfplaySettings
) -> tuple[SearchSettings, PoolSettings]:
    """Return the settings of a pool that searches with random games in place of the network."""
    uct = SearchSettings.of(search, rule="uct", simulations=playing.rollout_simulations)
    # Each leaf has its own random game, so that there is nothing to remember.
    return uct, playing.replace(full_search_share=1.0, cache_mib=0)


def _speed(report: SelfPlayReport, limit: float | None) -> dict[str, Any]:
    """Return the speed of a stretch of self-play as metrics."""
    return {
        "selfplay_seconds": report.seconds,
        "games_per_s": report.games_per_s,
        "simulations_per_s": report.simulations_per_s,
        "evaluations_per_s": report.evaluations_per_s,
        "cache_hit_rate": report.hit_rate,
        "evaluating_share": report.evaluating_share,
        "fraction_of_limit": report.evaluations_per_s / limit if limit else None,
    }
