"""Turns an object with rules in Python into a `Game`: checks its numbers and passes them on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from games.errors import ContractError, blaming
from games.python.parameters import canonical
from games.python.rules import LAYOUTS, STYLES, Rules, default_num_actions, summary
from zero_core.games import Game, python_game

_MOST_SQUARES = 1 << 12
_MOST_SYMMETRIES = 64


def wrap(rules: Rules[Any], name: str | None = None) -> Game:
    """The game of an object with rules; each call makes another one, equal only to itself.

    `name`: its canonical name, by default `module:Class` with the parameters that differ from their
    defaults. Raises ContractError that says what is wrong with its attributes or its first state.
    """
    if isinstance(rules, type):
        raise ContractError(
            f"{rules.__name__} is a class; give an object of it: {rules.__name__}()"
        )
    if not isinstance(rules, Rules):
        raise ContractError(
            f"{rules!r:.60} is no game: give an object of a subclass of games.Rules"
        )
    cls = type(rules)
    if name is None:
        name = canonical(f"{cls.__module__}:{cls.__qualname__}", cls, rules.parameters)
    with blaming(name, "an attribute"):
        numbers = _numbers(rules, name)
    return python_game(rules, name, numbers)


def _numbers(rules: Rules[Any], name: str) -> dict[str, Any]:
    """All that describes the game, checked."""
    numbers: dict[str, Any] = {
        "layout": _word(rules, name, "layout", LAYOUTS),
        "goal": _goal(rules, name),
    }
    for attribute in ("height", "width"):
        numbers[attribute] = _number(rules, name, attribute, 1, _MOST_SQUARES)
    squares = numbers["height"] * numbers["width"]
    if squares > _MOST_SQUARES:
        raise ContractError(
            f"{name}: a board of {numbers['height']} x {numbers['width']} is too large; "
            f"{_MOST_SQUARES} squares is the most"
        )
    numbers["action_planes"] = _number(rules, name, "action_planes", 1, 1 << 16)
    numbers["planes"] = _number(rules, name, "planes", 0, 1 << 16)
    numbers["scalars"] = _number(rules, name, "scalars", 0, 1 << 16)
    if numbers["planes"] + numbers["scalars"] == 0:
        raise ContractError(
            f"{name}: planes and scalars are both 0, so a network would see nothing"
        )
    numbers["num_actions"] = actions = _actions(rules, name)
    legal = actions if rules.max_legal_actions is None else None
    numbers["max_legal_actions"] = min(
        legal or _number(rules, name, "max_legal_actions", 1, actions), (1 << 16) - 1
    )
    numbers["max_plies"] = _number(rules, name, "max_plies", 1, 1 << 30)
    numbers["num_symmetries"] = _number(rules, name, "num_symmetries", 1, _MOST_SYMMETRIES)
    return numbers | _board(rules, name, numbers)


def _actions(rules: Rules[Any], name: str) -> int:
    """The number of actions, which must be the one that the layout has."""
    implied = default_num_actions(rules)
    if rules.num_actions is None and implied is not None:
        if implied > 1 << 16:
            raise ContractError(f"{name}: {implied} actions are too many; 65536 is the most")
        return implied
    given = _number(rules, name, "num_actions", 1, 1 << 16)
    if implied not in (None, given):
        raise ContractError(
            f"{name}: num_actions is {given}, but the layout {rules.layout!r} has {implied}; "
            "leave num_actions out, or give the layout 'other'"
        )
    return given


def _board(rules: Rules[Any], name: str, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """How the board is drawn."""
    style = rules.style
    if style is None:
        style = "none" if type(rules).draw is Rules.draw else "squares"
    elif style not in STYLES:
        raise ContractError(
            f"{name}: style is {style!r}; it is one of {', '.join(STYLES)}, or None"
        )
    if style == "none":
        return {"style": style, "column_names": [], "row_names": []}
    rows = 0 if rules.layout == "columns" else numbers["height"]
    return {
        "style": style,
        "column_names": _names(name, "column_names", rules.column_names, numbers["width"]),
        "row_names": _names(name, "row_names", rules.row_names, rows),
    }


def _names(name: str, attribute: str, given: Sequence[str] | None, count: int) -> list[str]:
    """The names that are given; none stand for the default ones."""
    names = list(given or ())
    fits = len(names) == count and all(isinstance(each, str) for each in names)
    if given is not None and not fits:
        raise ContractError(f"{name}: {attribute} is {given!r}; it is {count} texts")
    return names


def _goal(rules: Rules[Any], name: str) -> str:
    """How the game is won, by default the first line of the class's docstring."""
    goal = summary(type(rules)) if rules.goal is None else rules.goal
    if not isinstance(goal, str) or not (goal.isprintable()):
        raise ContractError(f"{name}: goal is {goal!r:.120}; it is one line of text")
    return goal


def _number(rules: Rules[Any], name: str, attribute: str, low: int, high: int) -> int:
    value = getattr(rules, attribute, None)
    if value is None:
        raise ContractError(f"{name}: {attribute} is missing; give a whole number")
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ContractError(
            f"{name}: {attribute} is {value!r}; it is a whole number from {low} to {high}"
        )
    return value


def _word(rules: Rules[Any], name: str, attribute: str, words: Sequence[str]) -> str:
    value = getattr(rules, attribute, None)
    if value not in words:
        raise ContractError(f"{name}: {attribute} is {value!r}; it is one of {', '.join(words)}")
    return str(value)
