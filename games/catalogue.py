"""Which games there are, and what can be set in each."""

import zero_core
from games.errors import GameError, did_you_mean

_SUMMARIES = {name: summary for name, summary, _ in zero_core.entries()}
_PARAMETERS = {name: parameters for name, _, parameters in zero_core.entries()}


def names() -> list[str]:
    """The names of all games, in alphabetical order."""
    return sorted(_SUMMARIES)


def summary(name: str) -> str:
    """One line about the game, given its name without parameters. Raises GameError."""
    _check(name)
    return _SUMMARIES[name]


def parameters(name: str) -> dict[str, str]:
    """The parameters of the game: name to 'default (what is allowed)'. Raises GameError."""
    _check(name)
    return dict(_PARAMETERS[name])


def _check(name: str) -> None:
    if name not in _SUMMARIES:
        raise GameError(f"there is no game {name!r}; {did_you_mean(name, names())}")
