"""Chess positions as text: what python-chess holds for valid is read, and nothing else.

Two exceptions, both positions that no game can have: more promoted pieces than pawns gone, and a
right to castle with a rook that is not there, which python-chess drops in silence if the player has
no rook at all.
"""

import random
import re

import chess
import pytest
from hypothesis import given
from hypothesis import strategies as st

import games
from games.errors import GameError

GAME = games.make("chess?plies=10000")

EXCEPTIONS = re.compile(r"promoted pieces at least|castling \w needs a king")


def _is_valid(fen: str) -> bool:
    try:
        return chess.Board(fen).is_valid()
    except ValueError:
        return False


def _check(fen: str) -> bool:
    """Ours reads the text if python-chess does, and finds the same position. Whether it does."""
    try:
        state = GAME.parse(fen)
    except GameError as error:
        message = str(error)
        assert message.startswith(f"{GAME.name}: ")
        assert "\n" not in message
        assert len(message) < 500
        assert not _is_valid(fen) or EXCEPTIONS.search(message), (fen, message)
        return False
    board = chess.Board(fen)
    assert board.status() == chess.STATUS_VALID, fen
    assert str(state) == board.fen()
    if not state.is_terminal:
        names = sorted(state.action_to_string(action) for action in state.legal_actions())
        assert names == sorted(move.uci() for move in board.legal_moves), fen
    return True


def _spoilt(fen: str, rng: random.Random) -> str:
    """The FEN with one of its words changed to another of its kind."""
    words = fen.split(" ")
    word = rng.randrange(4)
    if word == 0:
        board = chess.Board(fen)
        for _ in range(rng.randint(1, 3)):
            letter = rng.choice("PNBRQKpnbrqk")
            piece = chess.Piece.from_symbol(letter) if rng.random() < 0.5 else None
            board.set_piece_at(rng.randrange(64), piece)
        words[0] = board.board_fen()
    elif word == 1:
        words[1] = rng.choice("wb")
    elif word == 2:
        words[2] = "".join(c for c in "KQkq" if rng.random() < 0.5) or "-"
    else:
        words[3] = rng.choice("abcdefgh") + rng.choice("36")
    return " ".join(words)


def test_positions_are_read_as_python_chess_reads_them() -> None:
    """Positions of random games, and each with one to three words changed."""
    rng = random.Random(1)
    read = refused = 0
    for _ in range(60):
        board = chess.Board()
        for _ in range(rng.randrange(20, 150)):
            moves = list(board.legal_moves)
            if not moves:
                break
            board.push(rng.choice(moves))
            fen = board.fen(en_passant="fen")  # the square after every double step
            assert _check(fen)
            for _ in range(rng.randint(0, 3)):
                fen = _spoilt(fen, rng)
                if _check(fen):
                    read += 1
                else:
                    refused += 1
    assert read > 1000
    assert refused > 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty"),
        ("8/8/8/8/8/8/8 w - - 0 1", "is not 8 rows of 8 squares"),
        ("k7/8/8/8/8/8/8/K6 w - - 0 1", "is not 8 rows of 8 squares"),
        ("k7/8/8/8/8/8/8/K7/8 w - - 0 1", "is not 8 rows of 8 squares"),
        ("k8/8/8/8/8/8/8/K7 w - - 0 1", "is not 8 rows of 8 squares"),
        ("k61/8/8/8/8/8/8/K7 w - - 0 1", "two numbers follow each other"),
        ("k7/8/8/3x4/8/8/8/K7 w - - 0 1", "there is no piece 'x' in the board"),
        ("k7/8/8/8/8/8/8/K7 x - - 0 1", "the player to move is 'x'; write w or b"),
        ("k7/8/8/8/8/8/8/8 w - - 0 1", "white has 0 kings"),
        ("k7/8/8/8/8/8/k7/7K w - - 0 1", "black has 2 kings"),
        ("k7/pppppppp/p7/8/8/8/8/K7 w - - 0 1", "black has 9 pawns"),
        ("k7/8/8/8/NNNNNNNN/NNNNNNNN/8/K7 w - - 0 1", "white has 17 pieces"),
        (
            "k7/8/8/8/8/PPPPPPP1/QQQ5/7K w - - 0 1",
            "white has 2 promoted pieces at least, but only 1",
        ),
        ("kP6/8/8/8/8/8/8/K7 w - - 0 1", "a pawn stands on the first or the last row"),
        ("4k3/8/8/8/8/8/8/4K2R w Q - 0 1", "castling Q needs a king on e1 and a rook on a1"),
        ("r2k4/8/8/8/8/8/8/4K2R w q - 0 1", "castling q needs a king on e8 and a rook on a8"),
        ("4k3/8/8/8/8/8/8/4K2R w X - 0 1", "castling 'X' is not possible"),
        ("4k3/8/8/8/8/8/8/4K2R w KKKKK - 0 1", "castling 'KKKKK' is not possible"),
        ("k7/8/8/8/8/8/8/K7 w - e9 0 1", "the en passant square is 'e9'"),
        ("k7/8/8/8/8/8/8/K7 w - e6 0 1", "en passant: no pawn can just have made a double step"),
        ("k7/8/8/8/8/8/8/KR5r b - - 0 1 2", "has 6 words, so '2' is one too many"),
        ("k7/8/8/8/8/8/8/R6K w - - 0 1", "black is in check, but it is the turn of white"),
        ("k7/8/8/8/8/8/8/K6r b - - 0 1", "white is in check, but it is the turn of black"),
        ("k7/8/1N6/8/8/8/R7/K6Q b - - 0 1", "no last move can have given check"),
        ("R2k3R/8/8/8/8/8/8/4K3 b - - 0 1", "no last move can have given check"),
        ("4k3/8/8/8/3P4/8/8/2K1R3 b - d3 0 1", "no last move can have given check"),
        ("k7/8/8/8/8/8/8/K7 w - - x 1", "the half-move clock 'x' is not a number from 0 to 9999"),
        ("k7/8/8/8/8/8/8/K7 w - - -1 1", "the half-move clock '-1' is not a number"),
        ("k7/8/8/8/8/8/8/K7 w - - 0 10000", "the move number '10000' is not a number"),
        (
            "k7/8/8/8/8/8/P7/K7 w - - 0 1 moves a2a5",
            "move 1 after the word 'moves', 'a2a5', is not",
        ),
        ("k7/8/8/8/8/8/P7/K7 w - - 0 1 moves a2a4 x", "move 2 after the word 'moves', 'x', is not"),
        ("moves e2e4", "the text is empty"),
    ],
)
def test_errors_say_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(GameError, match=message) as caught:
        GAME.parse(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("4k3/8/8/8/8/8/8/4K2R", "4k3/8/8/8/8/8/8/4K2R w - - 0 1"),
        ("4k3/8/8/8/8/8/8/4K2R b", "4k3/8/8/8/8/8/8/4K2R b - - 0 1"),
        ("4k3/8/8/8/8/8/8/4K2R w K - 5", "4k3/8/8/8/8/8/8/4K2R w K - 5 1"),
        ("  4k3/8/8/8/8/8/8/4K2R  w H - 5 0 ", "4k3/8/8/8/8/8/8/4K2R w K - 5 1"),
        (
            "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1",
            "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq - 0 1",
        ),
    ],
)
def test_what_may_be_written_otherwise(text: str, meaning: str) -> None:
    assert str(GAME.parse(text)) == meaning


def _error_or_round_trip(text: str) -> None:
    try:
        state = GAME.parse(text)
    except GameError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 500
    else:
        assert GAME.parse(str(state)) == state
        assert GAME.parse(str(state)).observation_key == state.observation_key


_rows = st.lists(
    st.one_of(
        st.sampled_from(["8", "rnbqkbnr", "RNBQKBNR", "4k3", "4K3", "pppppppp"]),
        st.text("pnbrqkPNBRQK1234", max_size=9),
    ),
    min_size=7,
    max_size=9,
).map("/".join)
_fens = st.tuples(
    _rows,
    st.sampled_from("wb"),
    st.sampled_from(["-", "KQkq", "K", "q"]),
    st.one_of(st.just("-"), st.sampled_from(["e3", "d6", "a3"])),
    st.integers(-1, 120).map(str),
    st.integers(-1, 11000).map(str),
).map(" ".join)


@given(text=st.one_of(st.text(max_size=90), _fens))
def test_any_text(text: str) -> None:
    _error_or_round_trip(text)


@given(seed=st.integers(0, 999), place=st.floats(0, 1), character=st.characters())
def test_real_texts_with_one_character_changed(seed: int, place: float, character: str) -> None:
    rng = random.Random(seed)
    state = GAME.initial()
    for _ in range(rng.randrange(200)):
        if not state.is_terminal:
            state = state.apply(rng.choice(state.legal_actions()))
    text = str(state)
    at = int(place * (len(text) - 1))
    for new in (character, rng.choice("pPkKqQ12/ -wbe3")):
        _error_or_round_trip(text[:at] + new + text[at + 1 :])


@given(text=st.one_of(st.text(max_size=8), st.text("abcdefgh12345678qnrk", max_size=5)))
def test_any_text_as_an_action(text: str) -> None:
    for state in (GAME.initial(), GAME.parse("1k6/4P3/8/8/8/8/p7/4K3 w - - 0 1")):
        try:
            action = state.parse_action(text)
        except GameError as error:
            assert "\n" not in str(error)
        else:
            assert action in state.legal_actions()
            assert state.action_to_string(action) == text.lower()
