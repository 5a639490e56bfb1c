"""The self-play of a run: one pool for the whole run, played a phase at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from games import Game
from selfplay import (
    Actors,
    Evaluator,
    Pool,
    PoolSettings,
    SearchSettings,
    SelfPlayReport,
    UniformEvaluator,
)
from zero import settings as schema


def search_settings(settings: schema.SearchSettings) -> SearchSettings:
    """Turn the settings of a run into those of the native search."""
    native = SearchSettings()
    for key, value in settings.model_dump().items():
        setattr(native, key, value)
    return native


def pool_settings(settings: schema.Settings) -> PoolSettings:
    """Turn the settings of a run into those of the native pool."""
    native = PoolSettings()
    native.search = search_settings(settings.search)
    native.seed = settings.run.seed
    for key, value in settings.selfplay.model_dump(exclude={"rounds", "uniform_start"}).items():
        setattr(native, key, value)
    return native


_CUDA_WORKERS = 3  # one batch on the card, one being filled, one being backed up


def cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0))


def workers(settings: schema.Settings, on_cpu: bool) -> int:
    """Return the number of self-play workers: one per core, three for a card."""
    wanted = (settings.run.threads or cores()) if on_cpu else _CUDA_WORKERS
    return min(wanted, settings.selfplay.groups)


class SelfPlay:
    """The pool of a run and its workers."""

    def __init__(
        self, game: Game, settings: schema.Settings, evaluators: Sequence[Evaluator]
    ) -> None:
        self._rounds = settings.selfplay.rounds
        self._uniform_start = settings.selfplay.uniform_start
        self._pool = Pool(game, pool_settings(settings))
        self._network = Actors(self._pool, evaluators)
        self._uniform = Actors(self._pool, [UniformEvaluator() for _ in evaluators])

    def play(self, untrained: bool, tick: Callable[[], None]) -> tuple[list[bytes], SelfPlayReport]:
        """Play one phase; return the records of the games that ended in it, and what it took.

        An untrained network knows nothing that a uniform evaluator does not, and is slower.
        """
        actors = self._uniform if untrained and self._uniform_start else self._network
        report = actors.play(self._rounds, tick)
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
