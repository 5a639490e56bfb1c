"""Tiny boards solved by search over our states: the published values for area scoring.

Black gets 1 point on 2 x 2 and all 9 on 3 x 3 (John Tromp; Erik van der Werf solved up to 5 x 5).
"""

from functools import cache

import pytest

import games


def _promise(child: games.State) -> float:
    """How good a state looks for the player who has just moved: wins, then stones out of atari."""
    if child.is_terminal:
        return 100.0 * child.returns()[1 - child.to_play]
    other, own, atari = child.observation()[:3]
    return float(2 * (own.sum() - other.sum()) - 3 * (own * atari).sum())


def _value(state: games.State, low: int = -1, high: int = 1) -> int:
    """The value for the player to move, by alpha-beta search of all that superko leaves."""
    if state.is_terminal:
        return state.returns()[state.to_play]
    children = map(state.apply, state.legal_actions())
    for child in sorted(children, key=_promise, reverse=True):
        low = max(low, -_value(child, -high, -low))
        if low >= high:
            break
    return low


@pytest.mark.parametrize(("komi", "value"), [(0.5, 1), (1, 0), (1.5, -1)])
def test_two_by_two_is_worth_one_point(komi: float, value: int) -> None:
    game = games.make(f"go?size=2&komi={komi}&superko=yes&plies=128")
    assert _value(game.initial()) == value


@cache
def _first_gets(state: games.State, aim: int) -> bool:
    """Whether player 0 can force at least this return, with simple ko."""
    if state.is_terminal:
        return state.returns()[0] >= aim
    if state.to_play == 1:
        return all(_first_gets(child, aim) for child in _children(state))
    return any(_first_gets(child, aim) for child in _children(state))


def _children(state: games.State) -> list[games.State]:
    """The centre first, then the pass, then the other points from the last."""
    centre = state.game.num_actions // 2
    actions = sorted(state.legal_actions(), key=lambda action: (action != centre, -action))
    return [state.apply(action) for action in actions]


def _first_gets_with_superko(state: games.State, loose: games.State, aim: int) -> bool:
    """The same with superko, whose past forbids a table; the search without it says what to try."""
    if state.is_terminal:
        return state.returns()[0] >= aim
    actions = state.legal_actions()
    if state.to_play == 0:
        actions.sort(key=lambda action: not _first_gets(loose.apply(action), aim))
    choice = any if state.to_play == 0 else all
    return choice(
        _first_gets_with_superko(state.apply(action), loose.apply(action), aim)
        for action in actions
    )


@pytest.mark.parametrize(("komi", "aim"), [(8.5, 1), (9, 0)])
def test_first_player_gets_all_nine_points_of_three_by_three(komi: float, aim: int) -> None:
    """Nobody can get more than nine, so with 9.5 the second player wins whatever is played."""
    loose = games.make(f"go?size=3&komi={komi}").initial()
    assert _first_gets(loose, aim)
    assert not _first_gets(loose, aim + 1)
    strict = games.make(f"go?size=3&komi={komi}&superko=yes").initial()
    assert _first_gets_with_superko(strict, loose, aim)


def test_three_by_three_takes_thirteen_plies() -> None:
    """A game cut off sooner is scored before the second player's last stones are off the board."""
    assert _first_gets(games.make("go?size=3&komi=8.5&plies=13").initial(), 1)
    assert not _first_gets(games.make("go?size=3&komi=8.5&plies=12").initial(), 1)
