"""The settings of a run as those of the native search and pool."""

from __future__ import annotations

from selfplay import PoolSettings, SearchSettings
from zero.settings import schema

_NOT_OF_THE_POOL = {"rounds", "rollout_simulations", "cache_mib"}


def search_settings(settings: schema.SearchSettings) -> SearchSettings:
    """Turn the settings of a run into those of the native search."""
    native = SearchSettings()
    for key, value in settings.model_dump().items():
        setattr(native, key, value)
    return native


def pool_settings(settings: schema.Settings, threads: int) -> PoolSettings:
    """Turn the settings of a run, as settled for its machine, into those of the native pool.

    `threads`: that advance one group together.
    """
    native = PoolSettings()
    native.threads = threads
    native.search = search_settings(settings.search)
    native.seed = settings.run.seed
    playing = settings.selfplay
    for key, value in playing.model_dump(exclude=_NOT_OF_THE_POOL).items():
        setattr(native, key, value)
    native.cache_bytes = playing.cache_mib << 20
    return native


def rollout_settings(settings: schema.Settings, threads: int) -> PoolSettings:
    """Turn the settings of a run into those of a pool that searches with rollouts."""
    native = pool_settings(settings, threads)
    search = SearchSettings()
    search.rule = "uct"
    search.simulations = settings.selfplay.rollout_simulations
    search.solver = settings.search.solver
    native.search = search
    native.full_search_share = 1.0
    native.cache_bytes = 0  # each leaf has its own random game
    return native
