"""The self-play of a run: one pool for the whole run, played a phase at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from arena.seeds import mix
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
from zero import settings as schema
from zero.inference.evaluator import RefreshableEvaluator
from zero.run.machine import threads_of_group, workers


def search_settings(settings: schema.SearchSettings) -> SearchSettings:
    """Turn the settings of a run into those of the native search."""
    native = SearchSettings()
    for key, value in settings.model_dump().items():
        setattr(native, key, value)
    return native


def pool_settings(settings: schema.Settings, device: str = "cpu") -> PoolSettings:
    """Turn the settings of a run, as settled for its machine, into those of the native pool."""
    native = PoolSettings()
    native.threads = threads_of_group(settings, device)
    native.search = search_settings(settings.search)
    native.seed = settings.run.seed
    playing = settings.selfplay
    for key, value in playing.model_dump(exclude=_NOT_OF_THE_POOL).items():
        setattr(native, key, value)
    native.cache_bytes = playing.cache_mib << 20
    return native


_NOT_OF_THE_POOL = {"rounds", "rollout_simulations", "cache_mib"}


def rollout_settings(settings: schema.Settings, device: str) -> PoolSettings:
    """Turn the settings of a run into those of a pool that searches with rollouts."""
    native = pool_settings(settings, device)
    search = SearchSettings()
    search.rule = "uct"
    search.simulations = settings.selfplay.rollout_simulations
    search.solver = settings.search.solver
    native.search = search
    native.full_search_share = 1.0
    native.cache_bytes = 0  # each leaf has its own random game
    return native


class SelfPlay:
    """The pool of a run and its workers.

    Until the network has learnt anything, random games take its place: a tree search with rollouts
    plays better than one with an untrained network, and a hundred times faster, so that the network
    begins with something worth learning.
    """

    def __init__(
        self, game: Game, settings: schema.Settings, evaluators: Sequence[RefreshableEvaluator]
    ) -> None:
        self._settings = settings
        self._device = "cpu" if evaluators[0].on_cpu else "cuda"
        self._native = pool_settings(settings, self._device)
        self._pool = Pool(game, self._native)
        self._evaluators = evaluators
        self._rollouts = False  # how the pool is configured

    def play(
        self, phase: int, untrained: bool, tick: Callable[[], None]
    ) -> tuple[list[bytes], SelfPlayReport]:
        """Play one phase; return the records of the games that ended in it, and what it took."""
        playing = self._settings.selfplay
        rollouts = untrained and playing.rollout_simulations > 0
        if rollouts != self._rollouts:
            with_rollouts = rollout_settings(self._settings, self._device)
            self._pool.configure(with_rollouts if rollouts else self._native)
            self._rollouts = rollouts
        evaluators: Sequence[Evaluator] = self._evaluators
        rounds = playing.rounds
        if rollouts:
            random = RolloutEvaluator(mix(self._settings.run.seed, phase))
            # Random games are for the processor, card or not.
            count = workers(self._settings.run.threads, playing.groups, on_cpu=True)
            evaluators = [random] * count
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
