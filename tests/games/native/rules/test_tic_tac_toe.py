"""Tic-tac-toe: every position, counted and solved."""

from functools import cache

import pytest

import games
from games.errors import GameError

GAME = games.make("tic_tac_toe")


def _all_states() -> set[games.State]:
    seen = {GAME.initial()}
    waiting = [GAME.initial()]
    while waiting:
        state = waiting.pop()
        for action in state.legal_actions():
            after = state.apply(action)
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return seen


def test_every_position_is_reached() -> None:
    """5,478 positions; 626 are won by x, 316 by o, 16 drawn."""
    states = _all_states()
    over = [state.returns()[0] for state in states if state.is_terminal]
    assert len(states) == 5478
    assert len(states) - len(over) == 4520
    assert (over.count(1), over.count(-1), over.count(0)) == (626, 316, 16)


def test_every_position_round_trips() -> None:
    for state in _all_states():
        assert GAME.parse(str(state)) == state


def test_number_of_games_and_value() -> None:
    """255,168 games; with best play a draw."""

    @cache
    def games_below(state: games.State) -> int:
        return sum(map(games_below, map(state.apply, state.legal_actions()))) or 1

    @cache
    def value(state: games.State) -> int:
        if state.is_terminal:
            return state.returns()[state.to_play]
        return max(-value(state.apply(action)) for action in state.legal_actions())

    assert games_below(GAME.initial()) == 255_168
    assert value(GAME.initial()) == 0


def test_points_run_from_the_top_left() -> None:
    state = GAME.initial().apply(GAME.initial().parse_action("c1"))
    assert str(state) == "..x/.../..."
    assert state.apply(state.parse_action("A3")).action_to_string(4) == "b2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".../...", "wrong length"),
        ("..z/.../...", "character 3"),
        ("...|.../...", "character 4 .* must be the / between two rows"),
        ("xx./.../...", "x has 2 stones and o 0"),
        (".o./.../...", "x has 0 stones and o 1"),
        ("xxx/ooo/...", "the player to move already has three in a row"),
    ],
)
def test_positions_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        GAME.parse(text)
