"""Chess agrees with OpenSpiel's, ply by ply, over random games.

Actions are matched by their names, since OpenSpiel numbers them differently; there white is player
1. The long suite plays 10,000 games.
"""

import random

import pyspiel
import pytest

import games

# OpenSpiel's games end by the rules of chess alone.
GAME = games.make("chess?plies=10000")
THEIRS = pyspiel.load_game("chess")


def _their_actions(state: pyspiel.State) -> dict[str, int]:
    board = state.board()
    move_of = pyspiel.chess.action_to_move
    return {move_of(action, board).to_lan(): action for action in state.legal_actions()}


def compare(plays: int, seed: int) -> int:
    """Plays random games in both, compares every state, and returns the number of plies."""
    rng = random.Random(seed)
    plies = 0
    for _ in range(plays):
        ours, theirs = GAME.initial(), THEIRS.new_initial_state()
        while not theirs.is_terminal():
            assert not ours.is_terminal, str(theirs)
            assert ours.to_play == 1 - theirs.current_player()
            their_actions = _their_actions(theirs)
            names = [ours.action_to_string(action) for action in ours.legal_actions()]
            assert sorted(names) == sorted(their_actions), str(theirs)
            name = rng.choice(names)
            theirs.apply_action(their_actions[name])
            ours = ours.apply(ours.parse_action(name))
            plies += 1
        assert ours.is_terminal, str(theirs)
        assert list(ours.returns()) == theirs.returns()[::-1], str(theirs)
    return plies


def test_thousand_random_games_agree() -> None:
    assert compare(1000, seed=3) > 100_000


@pytest.mark.slow
def test_ten_thousand_random_games_agree() -> None:
    print(f"chess: 10,000 games, {compare(10_000, seed=4):,} plies, no difference")
