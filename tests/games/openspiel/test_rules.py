"""Games of OpenSpiel: which are taken, which are refused and why, and how they are played."""

from __future__ import annotations

import random

import numpy as np
import pyspiel
import pytest

import games
from games import GameError
from games.openspiel.rules import SpielRules
from games.testing import check

# Boards with planes, boards without, actions on squares and elsewhere, passes, chess's first player
# (whom OpenSpiel calls 1), moves of several actions, games inside games.
SMALL = [
    "tic_tac_toe",
    "connect_four(rows=4,columns=4,x_in_row=3)",
    "breakthrough(rows=5,columns=4)",
    "hex(board_size=3)",
    "y(board_size=4)",
    "havannah(board_size=3)",
    "nim",
    "clobber(rows=3,columns=4)",
    "dots_and_boxes",
    "mancala",
    "ultimate_tic_tac_toe",
    "go(board_size=3)",
    "mnk(m=3,n=4,k=3)",
    "misere(game=tic_tac_toe())",
    "quoridor(board_size=3)",
]
LARGE = ["othello", "pentago", "amazons", "checkers", "nine_mens_morris", "oware", "chess"]


@pytest.mark.parametrize("name", SMALL)
def test_games_keep_the_contract(name: str) -> None:
    check(f"openspiel:{name}", plays=2)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_games_keep_the_contract(name: str) -> None:
    check(f"openspiel:{name}", plays=1)


@pytest.mark.parametrize("name", ["tic_tac_toe", "connect_four", "othello"])
def test_they_agree_with_the_native_games(name: str) -> None:
    rng = random.Random(1)
    native, other = games.make(name), games.make(f"openspiel:{name}")
    assert (native.num_actions, native.max_plies >= 9) == (other.num_actions, True)
    for _ in range(30):
        ours, theirs = native.initial(), other.initial()
        while not ours.is_terminal:
            assert theirs.legal_actions() == ours.legal_actions()
            assert theirs.to_play == ours.to_play
            action = rng.choice(ours.legal_actions())
            ours, theirs = ours.apply(action), theirs.apply(action)
        assert theirs.is_terminal
        assert theirs.returns() == ours.returns()


@pytest.mark.parametrize(
    ("name", "layout", "planes", "board"),
    [
        ("tic_tac_toe", "points", 3, (3, 3)),
        ("go(board_size=5)", "points_and_pass", 4, (5, 5)),
        ("connect_four", "other", 3, (6, 7)),
        ("nim", "other", 0, (1, 1)),
    ],
)
def test_the_form_of_observations(
    name: str, layout: str, planes: int, board: tuple[int, int]
) -> None:
    game = games.make(f"openspiel:{name}")
    seen = game.observation
    assert game.layout.kind == layout
    assert (seen.planes, (seen.height, seen.width)) == (planes, board)
    state = game.initial().apply(game.initial().legal_actions()[0])
    theirs = pyspiel.load_game(name).new_initial_state()
    theirs.apply_action(game.initial().legal_actions()[0])
    tensor = np.array(theirs.observation_tensor(1), dtype=np.float32)
    ours = state.observation()
    if planes:
        assert np.array_equal(ours[:planes], tensor.reshape(planes, *board))
    else:
        assert ours[:-1].ravel().tolist() == tensor.tolist()
    assert ours[-1].max() == ours[-1].min() == 1.0  # the second player is to move


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("kuhn_poker", "openspiel:kuhn_poker has hidden information"),
        ("phantom_ttt", "has hidden information"),
        ("backgammon", "has chance: dice, cards or other random events"),
        ("goofspiel", "has simultaneous moves"),
        ("catch", "has 1 players, not 2"),
        ("chinese_checkers(players=3)", "has 3 players, not 2"),
        ("cliff_walking", "has 1 players"),
        ("coop_box_pushing", "has hidden information"),
        ("hexx", "OpenSpiel has no game 'hexx'; did you mean 'hex'"),
        ("", "OpenSpiel has no game ''"),
        ("hex(bord_size=3)", "hex has no parameter 'bord_size'; did you mean 'board_size'"),
        ("othello(size=3)", "othello has no parameter 'size'; it has none"),
        ("hex(board_size=a)", "hex: board_size=a is not possible; give a value like 11"),
        ("hex(board_size=0)", "has 0 actions"),
        ("hex(board_size=-3)", "an observation of the shape"),
        ("hex(board_size=100000)", "actions; 1 to 65536 are possible"),
        ("hex(", "Missing closing bracket"),
        ("he\ud800", "OpenSpiel has no game 'he.'"),
        ("clobber(rows=1,columns=1)", "does not begin with a move of a player"),
        ("misere", "cannot be made: Missing parameter game"),
    ],
)
def test_what_is_refused_says_why(name: str, message: str) -> None:
    with pytest.raises(GameError, match=message) as caught:
        games.make(f"openspiel:{name}")
    assert "\n" not in str(caught.value)


def test_names_are_canonical() -> None:
    game = games.make("openspiel:hex(num_cols=5,board_size=5)")
    assert game.name == "openspiel:hex(board_size=5,num_cols=5)"
    assert games.make("openspiel:hex(board_size=5,num_cols=5)") is game
    assert games.make("openspiel:hex(board_size=11)").name == "openspiel:hex"
    assert games.make("openspiel:hex()") is games.make("openspiel:hex")


def test_texts_are_the_actions_so_far() -> None:
    game = games.make("openspiel:tic_tac_toe")
    state = game.initial().apply(4).apply(0)
    assert (str(game.initial()), str(state)) == ("start", "4 0")
    assert state.picture() == "o..\n.x.\n..."
    assert game.parse("4 0") == state
    assert state.parse_action("X(0,1)") == 1
    for text in ("", "4 4", "9", "04", "4  0", "4 x", "4 0 ", "٤", "9" * 30):
        with pytest.raises(GameError):
            game.parse(text)


def test_returns_between_are_refused_when_they_occur() -> None:
    rules = SpielRules(pyspiel.load_game("tic_tac_toe"), "openspiel:made_up")

    class Half:
        def returns(self) -> list[float]:
            return [0.5, -0.5]

    state = type(rules.initial())((), Half())
    with pytest.raises(GameError, match=r"made_up ended with returns 0\.5 and -0\.5; only"):
        rules.returns(state)


def test_openspiel_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyspiel", None)
    with pytest.raises(GameError, match=r"needs OpenSpiel.*pip install 'zero-selfplay.openspiel"):
        games.make("openspiel:tic_tac_toe")
