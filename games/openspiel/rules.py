"""The games of OpenSpiel: `openspiel:NAME(param=value)`, for those that fit this project.

These are the zero-sum games of two players who move in turns, with perfect information, no chance,
and returns -1, 0, 1. Other games are refused with the reason. Actions have OpenSpiel's numbers and
names. A state is written as the actions that lead to it. (Lanctot et al., "OpenSpiel", 2019.)
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from games.errors import GameError, did_you_mean
from games.openspiel import PREFIX
from games.openspiel.tensors import Probe, tensor_of
from games.python.rules import Rules

_START = "start"  # the text of the first state
_MOST_ACTIONS = 1 << 16
_MOST_NUMBERS = 1 << 18  # of an observation


def canonical(text: str) -> str:
    """The full name of a game, `text` being what stands after "openspiel:".

    Parameters at their default are left out. Raises GameError if OpenSpiel is not installed, or
    knows no such game or parameter.
    """
    pyspiel = _pyspiel(text)
    text = text.encode("utf-8", "replace").decode()  # OpenSpiel reads no lone surrogates
    try:
        given = pyspiel.game_parameters_from_string(text)
    except pyspiel.SpielError as error:
        raise GameError(f"{PREFIX}{text}: {_line(error)}") from None
    name = given.get("name", "")
    types = {entry.short_name: entry for entry in pyspiel.registered_games()}
    if name not in types:
        raise GameError(f"OpenSpiel has no game {name!r}; {_nearest(name, list(types))}")
    defaults = types[name].parameter_specification
    for key, value in list(given.items()):
        if key == "name":
            continue
        if key not in defaults:
            hint = did_you_mean(key, defaults) if defaults else "it has none"
            raise GameError(f"{PREFIX}{name} has no parameter {key!r}; {hint}")
        if type(value) is not type(defaults[key]) and not isinstance(value, dict):
            raise GameError(
                f"{PREFIX}{name}: {key}={value} is not possible; give a value like {defaults[key]}"
            )
        if value == defaults[key]:
            del given[key]
    return PREFIX + str(pyspiel.game_parameters_to_string(given)).removesuffix("()")


def load(name: str) -> SpielRules:
    """The rules of a game, given its full name. Raises GameError that says why it does not fit."""
    pyspiel = _pyspiel(name)
    try:
        game = pyspiel.load_game(name.removeprefix(PREFIX))
        _check(pyspiel, game, name)
        return SpielRules(game, name)
    except pyspiel.SpielError as error:
        raise GameError(f"{name} cannot be made: {_line(error)}") from None


def _pyspiel(name: str) -> Any:
    try:
        import pyspiel
    except ImportError:
        raise GameError(
            f"{PREFIX}{name.removeprefix(PREFIX)} needs OpenSpiel, which is not installed: "
            "pip install 'zero-selfplay[openspiel]'"
        ) from None
    return pyspiel


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _nearest(name: str, known: list[str]) -> str:
    return did_you_mean(name, known, "pyspiel.registered_names() lists them")


def _check(pyspiel: Any, game: Any, name: str) -> None:
    """Refuses what this project cannot play."""
    kind = game.get_type()
    wrong = [
        (
            kind.information != pyspiel.GameType.Information.PERFECT_INFORMATION,
            "has hidden information",
        ),
        (kind.dynamics != pyspiel.GameType.Dynamics.SEQUENTIAL, "has simultaneous moves"),
        (game.num_players() != 2, f"has {game.num_players()} players, not 2"),
        (
            kind.chance_mode != pyspiel.GameType.ChanceMode.DETERMINISTIC,
            "has chance: dice, cards or other random events",
        ),
        (kind.utility != pyspiel.GameType.Utility.ZERO_SUM, "is not zero-sum"),
        (
            game.min_utility() < -1 or game.max_utility() > 1,
            f"has returns from {game.min_utility():g} to {game.max_utility():g}, not -1, 0, 1",
        ),
        (not kind.provides_observation_tensor, "has no observation tensor"),
        (
            not 1 <= game.num_distinct_actions() <= _MOST_ACTIONS,
            f"has {game.num_distinct_actions()} actions; 1 to {_MOST_ACTIONS} are possible",
        ),
    ]
    for refused, reason in wrong:
        if refused:
            raise GameError(f"{name} {reason}")
    shape = game.observation_tensor_shape()
    if min(shape) < 1 or math.prod(shape) > _MOST_NUMBERS:
        raise GameError(f"{name} has an observation of the shape {shape}, which is not possible")


@dataclass(frozen=True, slots=True)
class Position:
    """A state: the actions so far, and OpenSpiel's state after them, which never changes."""

    history: tuple[int, ...]
    spiel: Any = field(compare=False, repr=False)


class SpielRules(Rules[Position]):
    """A game of OpenSpiel."""

    style = "none"

    def __init__(self, game: Any = None, name: str = "") -> None:
        """A game of pyspiel that `load` has found to fit."""
        self._game, self._name = game, name
        self._first = game.new_initial_state()
        self._first_player = self._first.current_player()  # in chess it is 1, which is 0 here
        if self._first_player not in (0, 1) or not self._first.legal_actions():
            raise GameError(f"{name} does not begin with a move of a player")
        probe = Probe(game)
        self._form = probe.form()
        self.height, self.width = self._form.board
        self.planes = len(self._form.planes)
        numbers = math.prod(self._form.shape) if self._form.flat else len(self._form.scalars)
        self.scalars = numbers + 1  # who moves, which not every tensor says
        self.num_actions = game.num_distinct_actions()
        self.layout = probe.layout(self._form, self.num_actions)
        self.max_plies = game.max_game_length()
        self.goal = str(game.get_type().long_name)
        self._last_named: tuple[Position | None, dict[int, str]] = (None, {})

    def initial(self) -> Position:
        """OpenSpiel's first state."""
        return Position((), self._first)

    def to_play(self, state: Position) -> int:
        """OpenSpiel's current player; at the end, who did not move last."""
        player = int(state.spiel.current_player())
        if state.spiel.is_terminal():
            player = 1 - int(state.spiel.full_history()[-1].player)
        if player not in (0, 1):
            raise GameError(f"{self._name}: at {self.to_string(state)!r} it is no player's turn")
        return int(player ^ self._first_player)

    def legal_actions(self, state: Position) -> list[int]:
        """As OpenSpiel lists them."""
        return sorted(state.spiel.legal_actions())

    def apply(self, state: Position, action: int) -> Position:
        """A copy with the action applied."""
        return Position((*state.history, action), state.spiel.child(action))

    def is_terminal(self, state: Position) -> bool:
        """As OpenSpiel says."""
        return bool(state.spiel.is_terminal())

    def returns(self, state: Position) -> tuple[int, int]:
        """OpenSpiel's returns, if they are ones that this project can learn from."""
        first, second = state.spiel.returns()[:: -1 if self._first_player else 1]
        if first not in (-1, 0, 1) or first + second != 0:
            raise GameError(
                f"{self._name} ended with returns {first:g} and {second:g}; only -1, 0 and 1 that "
                "sum to 0 are possible here"
            )
        return int(first), int(second)

    def observe(self, state: Position) -> tuple[list[int], list[float]]:
        """The observation tensor of the player to move, and who that is."""
        player, spiel = self.to_play(state), state.spiel
        seen = self._form.split(tensor_of(spiel, player ^ self._first_player, self._form.shape))
        if seen is None:
            raise GameError(
                f"{self._name}: the observation at {self.to_string(state)!r:.120} has another form "
                "than those that were met when the game was loaded"
            )
        return seen[0], [*seen[1], float(player)]

    def to_string(self, state: Position) -> str:
        """The actions so far."""
        return " ".join(map(str, state.history)) or _START

    def from_string(self, text: str) -> Position:
        """Plays the actions again."""
        state = self.initial()
        for word in [] if text == _START else text.split(" "):
            if not word.isascii() or not word.isdigit() or len(word) > 5:
                raise GameError(f"{self._name}: {text!r:.120} is no list of actions like '0 4 2'")
            if int(word) not in state.spiel.legal_actions():
                raise GameError(f"{self._name}: action {word} of {text!r:.120} is not legal")
            state = self.apply(state, int(word))
        if self.to_string(state) != text:
            raise GameError(f"{self._name}: {text!r:.120} is no list of actions like '0 4 2'")
        return state

    def action_to_string(self, state: Position, action: int) -> str:
        """OpenSpiel's name of a legal action, with its number if another has the same."""
        return self._named(state).get(action, str(action))

    def parse_action(self, state: Position, text: str) -> int | None:
        """The legal action of that name, in capitals or not."""
        wanted = text.lower()
        names = self._named(state).items()
        return next((action for action, name in names if name.lower() == wanted), None)

    def _named(self, state: Position) -> dict[int, str]:
        """The legal actions with their names, all different; those of the last state are kept."""
        known, found = self._last_named
        if known is state:
            return found
        spiel = state.spiel
        names = {
            action: " ".join(spiel.action_to_string(spiel.current_player(), action).split())
            for action in spiel.legal_actions()
        }
        counts = Counter(name.lower() for name in names.values())
        named = {
            action: name if name and counts[name.lower()] == 1 else f"{name}#{action}"
            for action, name in names.items()
        }
        self._last_named = (state, named)
        return named

    def picture(self, state: Position) -> str:
        """As OpenSpiel prints it."""
        return str(state.spiel).rstrip()
