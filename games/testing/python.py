"""The promises of rules in Python that show only in the values that the rules work with."""

from collections.abc import Callable
from functools import partial
from typing import Any

import games
from games.testing.failure import require


def check_python(game: games.Game, state: games.State) -> None:
    """States never change, have a hash, and are told apart by their texts; answers repeat."""
    rules: Any = game.rules
    if rules is None:
        return
    text = str(state)
    value = rules.from_string(text)
    try:
        before = hash(value)
    except TypeError:
        require(
            False,
            game,
            f"from_string returned {value!r:.60}, which can change; a state is an immutable value: "
            "a tuple, a str, a frozen dataclass",
        )
    for name, call in _operations(rules, value):
        call()
        require(
            hash(value) == before and rules.to_string(value) == text,
            game,
            f"{name} changes the state that it is given, {text!r}; build a new value instead",
        )
    _check_repeats(game, rules, value, text)


def _operations(rules: Any, value: Any) -> list[tuple[str, Callable[[], Any]]]:
    """The calls that get a state, by name."""
    calls: list[tuple[str, Callable[[], Any]]] = [
        (name, partial(getattr(rules, name), value))
        for name in ("to_play", "legal_actions", "is_terminal", "observe", "draw", "picture")
    ]
    for action in rules.legal_actions(value):
        calls.append((f"apply({action})", partial(rules.apply, value, action)))
    for symmetry in range(1, rules.num_symmetries):
        calls.append((f"transform({symmetry})", partial(rules.transform, value, symmetry)))
    return calls


def _check_repeats(game: games.Game, rules: Any, value: Any, text: str) -> None:
    """The same question has the same answer."""
    for action in rules.legal_actions(value):
        one, other = rules.apply(value, action), rules.apply(value, action)
        require(
            one == other and hash(one) == hash(other),
            game,
            f"apply({action}) at {text!r} leads to {one!r:.60} and then to {other!r:.60}; states "
            "that are alike are equal and have the same hash",
        )
        require(
            one != value,
            game,
            f"apply({action}) at {text!r} leads to a state that is equal to the one before",
        )
