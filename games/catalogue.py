"""The games, their parameters, and how to make one from its name.

A name is that of a native game ("othello?size=6"), of a game that an installed package registers
(games/python/loading.py), `module:Class?size=5` for your own games.Rules, or `openspiel:NAME(...)`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from games import openspiel
from games.errors import GameError, UserError, blaming, did_you_mean
from games.python import loading
from games.python import parameters as parameters_of
from games.python.rules import Rules
from games.python.rules import summary as summary_of
from games.python.wrapping import wrap
from zero_core import games as core
from zero_core.games import Game

_SUMMARIES = {name: summary for name, summary, _ in core.entries()}
_PARAMETERS = {
    name: {key: f"{usual} ({help}; {allowed})" for key, usual, help, allowed in parameters}
    for name, _, parameters in core.entries()
}

_made: dict[str, Game] = {}  # games in Python by canonical name; states must share one object
_lock = threading.RLock()


def make(name: str | Rules[Any]) -> Game:
    """The game of that name, such as 'connect_four', 'othello?size=6' or 'mygame:MyGame?size=5'.

    The same rules with the same parameters are the same object. An object of a games.Rules makes a
    game of its own. Raises GameError that names the nearest known game or parameter; an exception
    raised by the code of a game in Python arrives as it is.
    """
    if not isinstance(name, str):
        return wrap(name)
    base, _, text = name.partition("?")
    if base in _SUMMARIES:
        return core.make_game(name)
    if name.startswith(openspiel.PREFIX):
        from games.openspiel import rules as spiel

        full = spiel.canonical(name.removeprefix(openspiel.PREFIX))
        return _shared(full, lambda: spiel.load(full))
    target = base if ":" in base else loading.registered().get(base)
    if target is None:
        return _unknown(name, base)
    cls = loading.load(target)
    arguments = parameters_of.parse(base, cls, text)
    with blaming(base, "__init__"):
        rules = cls(**arguments)
    return _shared(parameters_of.canonical(base, cls, rules.parameters), lambda: rules)


def _shared(name: str, rules: Callable[[], Rules[Any]]) -> Game:
    """One object for each canonical name."""
    with _lock:
        if name not in _made:
            _made[name] = wrap(rules(), name)
        return _made[name]


def _unknown(name: str, base: str) -> Game:
    if not loading.registered():
        return core.make_game(name)  # which says what is wrong
    raise GameError(f"there is no game {base!r}; {did_you_mean(base, names())}")


def names() -> list[str]:
    """The names of all native and registered games, in alphabetical order."""
    return sorted({*_SUMMARIES, *loading.registered()})


def is_python(name: str) -> bool:
    """Whether a name is one of a game in Python, as far as the name tells: nothing is imported."""
    base = name.partition("?")[0]
    return base not in _SUMMARIES and (":" in base or base in loading.registered())


def summary(name: str) -> str:
    """One line about the game, given its name without parameters. Raises GameError.

    A registered game that cannot be imported says so in its line.
    """
    if name in _SUMMARIES:
        return _SUMMARIES[name]
    try:
        cls = _python_class(name)
    except UserError as error:
        if name not in loading.registered():
            raise
        return f"cannot be loaded: {error}"
    except Exception as error:  # of another's module: it must not hide the other games
        return f"cannot be loaded: {type(error).__name__}: {error}"
    return summary_of(cls).rstrip(".") or "a game in Python"


def parameters(name: str) -> dict[str, str]:
    """The parameters of the game: name to 'default (what it means; what is allowed)'.

    Raises GameError. A registered game that cannot be imported has none to show.
    """
    if name in _PARAMETERS:
        return dict(_PARAMETERS[name])
    try:
        return parameters_of.described(name, _python_class(name))
    except Exception:
        if name in loading.registered():
            return {}
        raise


def _python_class(name: str) -> type[Rules[Any]]:
    target = name if ":" in name else loading.registered().get(name)
    if target is None:
        raise GameError(f"there is no game {name!r}; {did_you_mean(name, names())}")
    return loading.load(target)
