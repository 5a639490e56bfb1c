"""The rules agree with OpenSpiel's, ply by ply, over random games.

The actions need no translation: columns, points from the top left, and Othello's pass (64) bear the
same numbers there. The long suite plays 10,000 games a game.
"""

import random
import re

import pyspiel
import pytest

import games

NAMES = ["tic_tac_toe", "connect_four", "othello"]


def _their_board(state: pyspiel.State) -> str:
    """The board as in str() of our states: rows from the top, 'x', 'o' and '.'."""
    rows = str(state).splitlines()
    if state.get_game().get_type().short_name == "othello":
        # "1 - - o x - - - - 1" between a line of column names above and another below.
        rows = [re.sub(r"[\d ]", "", row).replace("-", ".") for row in rows if re.match(r"\d", row)]
    return "/".join(rows)


def _assert_same(ours: games.State, theirs: pyspiel.State) -> None:
    assert str(ours).split(" ")[0] == _their_board(theirs)
    assert ours.is_terminal == theirs.is_terminal()
    assert ours.legal_actions() == theirs.legal_actions()
    if theirs.is_terminal():
        assert list(ours.returns()) == theirs.returns()
    else:
        assert ours.to_play == theirs.current_player()


def compare(name: str, plays: int, seed: int) -> int:
    """Plays random games in both, compares every state, and returns the number of plies."""
    rng = random.Random(seed)
    game, their_game = games.make(name), pyspiel.load_game(name)
    assert game.num_actions == their_game.num_distinct_actions()
    plies = 0
    for _ in range(plays):
        ours, theirs = game.initial(), their_game.new_initial_state()
        _assert_same(ours, theirs)
        while not theirs.is_terminal():
            action = rng.choice(theirs.legal_actions())
            theirs.apply_action(action)
            ours = ours.apply(action)
            _assert_same(ours, theirs)
            plies += 1
    return plies


@pytest.mark.parametrize("name", NAMES)
def test_thousand_random_games_agree(name: str) -> None:
    assert compare(name, 1000, seed=3) > 5000


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_ten_thousand_random_games_agree(name: str) -> None:
    plies = compare(name, 10_000, seed=4)
    print(f"{name}: 10,000 games, {plies:,} plies, no difference")
    assert plies > 50_000


def test_othello_passes_are_met() -> None:
    """The comparison would prove little of passes if random games had none."""
    rng = random.Random(5)
    passes = 0
    for _ in range(50):
        state = games.make("othello").initial()
        while not state.is_terminal:
            passes += state.legal_actions() == [64]
            state = state.apply(rng.choice(state.legal_actions()))
    assert passes > 20
