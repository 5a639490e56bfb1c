"""The rules agree with OpenSpiel's, ply by ply, over random games.

In most games the actions bear the same numbers there: columns, points from the top left, Othello's
pass (64). Hex and Breakthrough number their moves in another way, but name them as we do. The long
suite plays 10,000 games a game.
"""

import random
import re

import pyspiel
import pytest

import games

# Our name, the name there, and how many random games go into the quick suite.
PAIRS = [
    ("tic_tac_toe", "tic_tac_toe", 1000),
    ("connect_four", "connect_four", 1000),
    ("othello", "othello", 1000),
    ("hex?size=3&swap=yes", "hex(board_size=3,swap=True)", 1000),
    ("hex?size=5", "hex(board_size=5)", 1000),
    ("hex?size=5&swap=yes", "hex(board_size=5,swap=True)", 1000),
    ("hex", "hex", 1000),
    ("hex?size=13", "hex(board_size=13)", 30),
    ("hex?size=19", "hex(board_size=19)", 20),
    ("gomoku?size=5&line=4", "gomoku(size=5,connect=4)", 1000),
    ("gomoku", "gomoku", 1000),
    ("gomoku?size=9", "gomoku(size=9)", 100),
    ("gomoku?size=19", "gomoku(size=19)", 20),
    ("breakthrough", "breakthrough", 1000),
    ("breakthrough?size=6", "breakthrough(rows=6,columns=6)", 1000),
    ("breakthrough?size=7", "breakthrough(rows=7,columns=7)", 100),
]
IDS = [ours for ours, _, _ in PAIRS]


def _their_board(state: pyspiel.State) -> str:
    """The board as ours is drawn: rows from the top, 'x', 'o' and '.'."""
    rows = str(state).splitlines()
    kind = state.get_game().get_type().short_name
    if kind == "othello":
        # "1 - - o x - - - - 1" between a line of column names above and another below.
        rows = [re.sub(r"[\d ]", "", row).replace("-", ".") for row in rows if re.match(r"\d", row)]
    elif kind == "hex":
        rows = [row.replace(" ", "") for row in rows]
    elif kind == "gomoku":
        # The first line says who moves, 'B' or 'W'.
        rows = [row.translate(str.maketrans("bw", "xo")) for row in rows[1:]]
    elif kind == "breakthrough":
        # "8bbbbbbbb": there the first player starts at the top, and rows are numbered upwards.
        rows = [row[1:].translate(str.maketrans("bw", "xo")) for row in rows if row[0] != " "]
        rows.reverse()
    return "/".join(rows)


def _their_actions(ours: games.State, theirs: pyspiel.State) -> dict[int, int]:
    """Their legal actions: our action to theirs."""
    legal = theirs.legal_actions()
    if theirs.get_game().get_type().short_name not in ("hex", "breakthrough"):
        return {action: action for action in legal}
    # A capture is marked by a star there.
    return {
        ours.parse_action(theirs.action_to_string(action).rstrip("*")): action for action in legal
    }


def _assert_same(ours: games.State, theirs: pyspiel.State) -> None:
    assert "/".join(ours.board()) == _their_board(theirs)
    assert ours.is_terminal == theirs.is_terminal()
    assert ours.legal_actions() == sorted(_their_actions(ours, theirs))
    if theirs.is_terminal():
        assert list(ours.returns()) == theirs.returns()
    else:
        assert ours.to_play == theirs.current_player()


def compare(name: str, their_name: str, plays: int, seed: int) -> int:
    """Plays random games in both, compares every state, and returns the number of plies."""
    rng = random.Random(seed)
    game, their_game = games.make(name), pyspiel.load_game(their_name)
    plies = 0
    for _ in range(plays):
        ours, theirs = game.initial(), their_game.new_initial_state()
        _assert_same(ours, theirs)
        while not theirs.is_terminal():
            action, their_action = rng.choice(list(_their_actions(ours, theirs).items()))
            theirs.apply_action(their_action)
            ours = ours.apply(action)
            _assert_same(ours, theirs)
            plies += 1
    return plies


@pytest.mark.parametrize(("name", "their_name", "plays"), PAIRS, ids=IDS)
def test_random_games_agree(name: str, their_name: str, plays: int) -> None:
    assert compare(name, their_name, plays, seed=3) > 5 * plays


@pytest.mark.slow
@pytest.mark.parametrize(("name", "their_name", "plays"), PAIRS, ids=IDS)
def test_ten_thousand_random_games_agree(name: str, their_name: str, plays: int) -> None:
    plies = compare(name, their_name, 10 * plays, seed=4)
    print(f"{name}: {10 * plays:,} games, {plies:,} plies, no difference")
    assert plies > 50 * plays


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
