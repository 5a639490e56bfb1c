"""What a game may leave out: the defaults in C++ and in Python give the same answers."""

from __future__ import annotations

import random
from typing import Any

import pytest

import games
from games import ContractError, GameError, Rules
from games.examples.snort import Snort
from games.testing import check


class Mirror(Rules[games.State]):
    """A native game in Python: the required methods are its own, the rest are the defaults."""

    def __init__(self, name: str = "tic_tac_toe") -> None:
        self.game = game = games.make(name)
        self.height, self.width = game.observation.height, game.observation.width
        self.planes, self.scalars = game.observation.planes, game.observation.scalars
        self.layout, self.action_planes = game.layout.kind, game.layout.planes
        self.max_plies, self.max_legal_actions = game.max_plies, game.max_legal_actions
        self.style = "none" if name in OWN_DRAWING else game.board.style

    def initial(self) -> games.State:
        return self.game.initial()

    def to_play(self, state: games.State) -> int:
        return state.to_play

    def legal_actions(self, state: games.State) -> list[int]:
        return state.legal_actions()

    def apply(self, state: games.State, action: int) -> games.State:
        return state.apply(action)

    def returns(self, state: games.State) -> tuple[int, int]:
        return state.returns()

    def observe(self, state: games.State) -> Any:
        """All planes; with scalars, the pair."""
        seen = state.observation()
        planes, scalars = seen[: self.planes], seen[self.planes :, 0, 0].tolist()
        return (planes, scalars) if self.scalars else planes

    def to_string(self, state: games.State) -> str:
        return str(state)

    def from_string(self, text: str) -> games.State:
        return self.game.parse(text)


# Where a native game has an operation of its own that answers otherwise than the default.
OWN_DRAWING = ("chess", "go?size=4&superko=yes")
OWN_NAMES = ("breakthrough?size=4", "chess", "go?size=4&superko=yes", "hex?size=4&swap=yes")
OWN_SQUARES = ("breakthrough?size=4", "chess", "hex?size=4&swap=yes")
NAMES = [*OWN_NAMES, "connect_four", "gomoku?size=5", "othello?size=4", "tic_tac_toe"]


def _line(game: games.Game, seed: int) -> list[games.State]:
    rng, line = random.Random(seed), [game.initial()]
    while not line[-1].is_terminal and len(line) < 80:
        line.append(line[-1].apply(rng.choice(line[-1].legal_actions())))
    return line


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_in_both_languages_agree(name: str) -> None:
    native, mirror = games.make(name), games.wrap(Mirror(name))
    assert mirror.num_actions == native.num_actions
    for seed in range(3):
        for state in _line(native, seed):
            twin = mirror.parse(str(state))
            assert twin.is_terminal == state.is_terminal
            assert twin.picture() == state.picture() == str(state)
            if name not in OWN_DRAWING:
                assert twin.board() == state.board()
                assert (mirror.board.columns, mirror.board.rows) == (
                    native.board.columns,
                    native.board.rows,
                )
            if name != "chess":
                assert twin.ending == state.ending == ""
            _compare_actions(name, state, twin)


def _compare_actions(name: str, state: games.State, twin: games.State) -> None:
    for action in state.legal_actions():
        if name not in (*OWN_SQUARES, *OWN_DRAWING):
            assert twin.square_of(action) == state.square_of(action)
        if name not in OWN_NAMES:
            text = state.action_to_string(action)
            assert twin.action_to_string(action) == text
            assert twin.parse_action(text.upper()) == state.parse_action(text.upper()) == action


@pytest.mark.parametrize("name", ["connect_four", "othello?size=4", "tic_tac_toe"])
def test_what_is_no_legal_move_is_told_apart_from_what_is_no_move(name: str) -> None:
    for game in (games.make(name), games.wrap(Mirror(name))):
        state = game.initial()
        while len(state.legal_actions()) == len(game.initial().legal_actions()):
            state = state.apply(state.legal_actions()[0])
        illegal = next(a for a in range(game.num_actions) if a not in state.legal_actions())
        with pytest.raises(GameError, match="is not legal here"):
            state.parse_action(state.action_to_string(illegal))
        with pytest.raises(GameError, match="'z9' is not a move"):
            state.parse_action("z9")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OWN_SQUARES])
def test_a_game_of_nothing_but_defaults_keeps_the_contract(name: str) -> None:
    """The keys, too, which games in Python never have of their own."""
    check(Mirror(name), plays=2)


def test_a_text_that_is_no_board_cannot_be_drawn() -> None:
    class Undrawn(Snort):
        style = "squares"
        draw = Rules.draw

        def to_string(self, state: Any) -> str:
            return state.fields + " " + "xo"[state.player]

    with pytest.raises(ContractError, match=r"draw returned .* it returns 6 rows of 6 characters"):
        games.wrap(Undrawn()).initial().board()


def test_a_game_says_how_it_is_won() -> None:
    for name in games.names():
        assert games.make(name).goal.endswith(".")
    assert games.make("gomoku?line=4&exact=yes").goal.startswith("Just 4 stones")
    assert games.wrap(Snort()).goal.startswith("Snort: rent fields, none of them beside")
    assert games.wrap(type("Own", (Snort,), {"goal": "Rent the last field."})()).goal == (
        "Rent the last field."
    )
    assert games.wrap(type("Silent", (Snort,), {})()).goal == ""


@pytest.mark.parametrize("goal", ["two\nlines", 3])
def test_a_goal_is_one_line(goal: Any) -> None:
    with pytest.raises(ContractError, match=r"goal is .*; it is one line of text"):
        games.wrap(type("Wrong", (Snort,), {"goal": goal})())


def test_why_a_game_in_python_is_over() -> None:
    class Telling(Snort):
        def ending(self, state: Any) -> str:
            return "" if self.legal_actions(state) else "no field is left"

    assert [state.ending for state in _line(games.wrap(Telling(2)), 0)][-2:] == [
        "",
        "no field is left",
    ]
    check(Telling(3))
    with pytest.raises(ContractError, match="ending is 'soon' before the end"):
        check(type("Hasty", (Snort,), {"ending": lambda self, state: "soon"})())
