"""Parsers under fuzz: an error in one line, or a position that round-trips and can be played."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import games
from games.errors import GameError

NAMES = [
    "tic_tac_toe",
    "connect_four",
    "othello",
    "othello?size=6",
    "othello?size=4",
    "hex?size=3&swap=yes",
    "hex?size=9",
    "gomoku?size=4&line=3",
    "gomoku?size=9&exact=yes",
    "breakthrough?size=4",
    "breakthrough",
    "go?size=3&plies=60",
    "go?size=4&superko=yes",
    "go?size=9&komi=0",
    "games.examples.snort:Snort?size=3",
    "games.examples.tic_tac_toe:TicTacToe",
    "openspiel:clobber(columns=3,rows=3)",
]


def _play_on(state: games.State, seed: int) -> None:
    """From any position that parse accepts, a game comes to an end within its bounds."""
    rng = random.Random(seed)
    for _ in range(state.game.max_plies + 1):
        legal = state.legal_actions()
        assert len(legal) <= state.game.max_legal_actions
        assert state.is_terminal == (not legal)
        shape = state.game.observation
        assert state.observation().shape[0] == shape.planes + shape.scalars
        if not legal:
            assert sum(state.returns()) == 0
            return
        state = state.apply(rng.choice(legal))
    raise AssertionError("the game does not end")


def _error_or_round_trip(game: games.Game, text: str, seed: int) -> bool:
    try:
        state = game.parse(text)
    except GameError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 500
        return False
    assert str(state) == text
    assert game.parse(str(state)) == state
    for symmetry in range(game.num_symmetries):
        turned = state.transform(symmetry)
        assert game.parse(str(turned)) == turned
    _play_on(state, seed)
    return True


def _boards(name: str) -> st.SearchStrategy[str]:
    """Texts of the right form: rows of the right width, and who moves where the game says so."""
    shape = games.make(name).observation
    row = st.text("x.o", min_size=shape.width, max_size=shape.width)
    board = st.lists(row, min_size=shape.height, max_size=shape.height).map("/".join)
    with_mover = ("othello", "hex", "breakthrough", "go?", "games.examples.snort")
    if not name.startswith(with_mover):
        return board
    mover = st.sampled_from([" x", " o"])
    if not name.startswith("go?"):
        return st.tuples(board, mover).map("".join)
    moves = st.just("")
    if "superko=yes" in name:
        words = st.lists(st.sampled_from(["A1", "B1", "C2", "D4", "pass", "b1", "I1"]), min_size=1)
        moves = st.one_of(moves, words.map(lambda played: " moves " + " ".join(played)))
    rest = st.tuples(st.sampled_from(["-", "A1", "B2"]), st.integers(0, 3), st.integers(0, 61))
    return st.tuples(board, mover, rest.map(lambda of: " {} {} {}".format(*of)), moves).map("".join)


@pytest.mark.parametrize("name", NAMES)
@given(text=st.text(max_size=200), seed=st.integers(0, 9))
def test_any_text(name: str, text: str, seed: int) -> None:
    _error_or_round_trip(games.make(name), text, seed)


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None)
@given(data=st.data(), seed=st.integers(0, 9))
def test_texts_of_the_right_form(name: str, data: st.DataObject, seed: int) -> None:
    _error_or_round_trip(games.make(name), data.draw(_boards(name)), seed)


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None)
@given(data=st.data(), seed=st.integers(0, 999))
def test_real_positions_with_one_character_changed(
    name: str, data: st.DataObject, seed: int
) -> None:
    game = games.make(name)
    rng = random.Random(seed)
    state = game.initial()
    for _ in range(rng.randrange(game.max_plies)):
        if not state.is_terminal:
            state = state.apply(rng.choice(state.legal_actions()))
    text = str(state)
    assert _error_or_round_trip(game, text, seed)
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.one_of(st.sampled_from("xo./ "), st.characters()))
    _error_or_round_trip(game, text[:place] + character + text[place + 1 :], seed)


@pytest.mark.parametrize("name", NAMES)
@given(text=st.text(max_size=20))
def test_any_text_as_an_action(name: str, text: str) -> None:
    state = games.make(name).initial()
    try:
        action = state.parse_action(text)
    except GameError as error:
        assert "\n" not in str(error)
    else:
        assert action in state.legal_actions()
        assert state.action_to_string(action).lower() == text.lower()


@given(
    text=st.one_of(
        st.text(max_size=40),
        st.text("?&=size0468-").map("othello{}".format),
        st.lists(st.sampled_from(["size=", "komi=", "-7.5", "plies=", "3", "no", "&"])).map(
            lambda parts: "go?" + "".join(parts)
        ),
        st.lists(st.sampled_from(["size=", "line=", "exact=", "no", "yes", "3", "1", "&"])).map(
            lambda parts: "gomoku?" + "".join(parts)
        ),
    )
)
def test_any_text_as_the_name_of_a_game(text: str) -> None:
    try:
        game = games.make(text)
    except GameError as error:
        assert "\n" not in str(error)
    else:
        assert text.split("?")[0] in games.names()
        assert games.make(game.name) is game
