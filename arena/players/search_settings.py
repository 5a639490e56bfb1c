"""The settings of searches that play to win."""

from typing import Any

from selfplay import SearchSettings


def evaluation_settings(settings: SearchSettings) -> SearchSettings:
    """A copy of the settings without any noise."""
    return _copy(settings, noise_fraction=0.0, gumbel_scale=0.0)


def with_simulations(settings: SearchSettings, simulations: int) -> SearchSettings:
    """A copy of the settings with another number of simulations a move."""
    return _copy(settings, simulations=simulations)


def uct_settings(simulations: int, uct_c: float) -> SearchSettings:
    """UCT with an exploration constant, for values that rollouts give."""
    return _copy(SearchSettings(), rule="uct", simulations=simulations, uct_c=uct_c)


def _copy(settings: SearchSettings, **changes: Any) -> SearchSettings:
    copy = SearchSettings()
    for name in dir(settings):
        if not name.startswith("_"):
            setattr(copy, name, changes.get(name, getattr(settings, name)))
    return copy
