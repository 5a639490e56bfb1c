"""PGN, SAN and FEN of chess, beside python-chess; what is bad is named, and nothing crashes."""

import io
import random
import re

import chess
import chess.pgn
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import games
from games.errors import GameError, UserError
from games.notation import Transcript, pgn
from games.notation.chess_board import board_of, read_fen, write_fen
from games.notation.files import read_file
from games.notation.moves import read_move, read_moves, write_move

MATE = '[Event "x"]\n\n1. f3 e5 2. g4 Qh4# {0}\n'


def played(seed: int, plies: int = 400, name: str = "chess") -> Transcript:
    """A random game, with headers and comments."""
    rng = random.Random(seed)
    game = games.make(name)
    state, actions = game.initial(), []
    while not state.is_terminal and len(actions) < plies:
        actions.append(rng.choice(state.legal_actions()))
        state = state.apply(actions[-1])
    begun = Transcript.of(game, actions, {"White": 'A "quoted" B', "Annotator": "é", "Round": "1"})
    comments = {0: "before", len(actions): "after { it }"}
    return Transcript(begun.start, begun.actions, begun.returns, begun.headers, comments)


def facts(transcript: Transcript) -> tuple[object, ...]:
    comments = {ply: text.replace("}", ")") for ply, text in transcript.comments.items()}
    return transcript.start, transcript.actions, transcript.returns, comments


@pytest.mark.parametrize("name", ["chess", "chess?history=4", "chess?plies=40"])
def test_games_come_back_as_they_were_written(name):
    game = games.make(name)
    written = [played(seed, plies, name) for seed, plies in enumerate((0, 1, 2, 9, 60, 400, 400))]
    back = pgn.read(pgn.write(written), game)
    assert [facts(t) for t in back] == [facts(t) for t in written]
    assert all(t.headers.items() >= w.headers.items() for t, w in zip(back, written, strict=True))
    assert pgn.write(back) == pgn.write(written)


def test_python_chess_reads_the_same_final_position():
    for seed in range(12):
        transcript = played(seed)
        theirs = chess.pgn.read_game(io.StringIO(pgn.write(transcript)))
        assert theirs is not None and theirs.errors == []
        state = transcript.states()[-1]
        assert theirs.end().board().fen() == write_fen(state)
        names = {1: "1-0", -1: "0-1", 0: "1/2-1/2", None: "*"}
        assert theirs.headers["Result"] == names[transcript.returns]


def test_san_is_that_of_python_chess():
    for seed in range(2):
        board = chess.Board()
        transcript = played(seed, 60)
        for state, action in zip(transcript.states(), transcript.actions, strict=False):
            legal = {write_move(state, a): a for a in state.legal_actions()}
            assert set(legal) == {board.san(move) for move in board.legal_moves}
            for name, meant in legal.items():
                assert read_move(state, name) == meant
                assert read_move(state, state.action_to_string(meant)) == meant
            board.push_uci(state.action_to_string(action))
            assert board_of(state.apply(action)).fen() == board.fen()


def test_moves_are_read_with_and_without_numbers():
    start = games.make("chess").initial()
    actions = read_moves(start, "1. e4 e5 2.Nf3 Nc6 3. Bc4 3... d6 O-O")
    assert actions == read_moves(start, "e2e4 e7e5 g1f3 b8c6 f1c4 d7d6 e1g1")
    with pytest.raises(GameError, match="move 3: chess: 'Nf6' is not a move here; legal: a3 "):
        read_moves(start, "e4 e5 Nf6")


def test_moves_whose_names_hold_spaces_are_read_whole():
    class Spaced:
        """A state of no game, whose moves are "a", "a b" and "a b c"."""

        names = ("a", "a b", "a b c")
        game = games.make("othello")

        def legal_actions(self):
            return [0, 1, 2]

        def action_to_string(self, action):
            return self.names[action]

        def parse_action(self, name):
            if name not in self.names:
                raise GameError(f"{name!r} is not a move")
            return self.names.index(name)

        def apply(self, action):
            return self

    assert read_moves(Spaced(), "a b a a b c 2. a  b") == [1, 0, 2, 1]
    with pytest.raises(GameError, match="move 2: 'b' is not a move"):
        read_moves(Spaced(), "a b b")


@pytest.mark.parametrize("text", ["", "Qh5", "--", "0000", "e9", "N", "O-O", "e2e4e5", "é"])
def test_what_is_no_move_is_refused(text):
    with pytest.raises(GameError, match="legal: "):
        read_move(games.make("chess").initial(), text)


def test_without_python_chess_moves_are_uci(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "chess", None)
    state = games.make("chess").initial()
    assert write_move(state, read_move(state, "g1f3")) == "g1f3"
    with pytest.raises(GameError, match="'Nf3' is not a move"):
        read_move(state, "Nf3")
    with pytest.raises(UserError, match="pip install chess"):
        write_fen(state)


def test_fen_of_other_programs():
    after = "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq"
    plain = read_fen(f"{after} - 0 1")
    assert read_fen(f"{after} e3 0 1") == plain  # no pawn can take there
    assert read_fen(f"{after} -") == plain
    assert read_fen(f"  {after} - 0 1 ") == plain
    assert board_of(plain).fen() == f"{after} - 0 1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8/8/8/8/8/8/8/8 w - - 0 1",
        "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBN w KQkq - 0 1",
        "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR x KQkq - 0 1",
        "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq e9 0 1",
        "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - -1 1",
        "4k3/8/8/8/8/8/4Q3/4K3 w - - 0 1",  # the side that has moved stands in check
        "4k3/8/8/8/8/8/8/4K2K w - - 0 1",
        "🨀",
    ],
)
def test_bad_fens_are_one_line(text):
    with pytest.raises(GameError) as caught:
        read_fen(text)
    assert "\n" not in str(caught.value) and str(caught.value).startswith("chess")


def test_the_main_line_is_read_with_its_comments():
    text = """[White "A"]
[Result "1-0"]

{ at the start } 1. e4 { one } (1. d4 d5 { no }) e5 $1 2. Nf3!? (2. f4 (2. d4)) { two } 1-0
"""
    [game] = pgn.read(text)
    line = list(zip(game.states(), game.actions, strict=False))
    assert [write_move(s, a) for s, a in line] == ["e4", "e5", "Nf3"]
    assert game.comments == {0: "at the start", 1: "one", 3: "two"}
    assert (game.returns, game.headers["White"]) == (1, "A")


def test_games_from_a_position():
    fen = "7k/5Q2/6K1/8/8/8/8/8 w - - 3 70"
    state = read_fen(fen)
    transcript = Transcript.of(state, [read_move(state, "Qg7#")])
    text = pgn.write(transcript)
    assert f'[FEN "{fen}"]' in text and "70. Qg7#" in text
    assert [facts(t) for t in pgn.read(text)] == [facts(transcript)]


def test_a_game_of_nothing():
    empty = Transcript.of(games.make("chess"), [])
    assert [facts(t) for t in pgn.read(pgn.write(empty))] == [facts(empty)]


def test_a_result_that_nobody_wrote_is_that_of_the_rules():
    assert pgn.read(MATE.format("*"))[0].returns == -1
    assert pgn.read("1. e4 *")[0].returns is None


def test_several_games_from_a_file(tmp_path):
    path = tmp_path / "two.PGN"
    path.write_bytes((MATE.format("0-1") + '\n[White "J\xf6"]\n\n1. d4 *\n').encode("latin-1"))
    first, second = read_file(path)
    assert (len(first.actions), second.headers["White"]) == (4, "Jö")
    with pytest.raises(UserError, match="cannot be read"):
        read_file(tmp_path / "none.pgn")
    with pytest.raises(UserError, match=r"ends in .sgf or .pgn"):
        read_file(tmp_path / "two.txt")


BAD = [
    ("", "no game was found"),
    ("\n\n", "no game was found"),
    ("garbage", "PGN game 1: no headers and no moves"),
    ("1. e4 e5 2. Ke3 *", "PGN game 1: move 2 of white: illegal san"),
    ("1. e4 Nf3 *", "PGN game 1: move 1 of black: illegal san"),
    ("1. -- e5 *", "PGN game 1: move 1 of white: 0000 is not legal"),
    (MATE.format("1-0"), "PGN game 1: the result 1-0 is not that of these moves"),
    (MATE.format("3. e4 *"), "PGN game 1: move 3 of white"),
    ('[Variant "Atomic"]\n\n1. e4 *', "the variant 'Atomic' is not played"),
    ('[Variant "Nonsense"]\n\n1. e4 *', "the variant 'Nonsense' is not played"),
    ('[FEN "8/8/8/8/8/8/8/8 w - - 0 1"]\n\n*', "PGN game 1: chess"),
    ('[FEN "nonsense"]\n\n*', "PGN game 1"),
    ("1. e4 *\n\n1. d5 *", "PGN game 2: move 1 of white"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_files_are_named(text, message):
    with pytest.raises(GameError) as caught:
        pgn.read(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_pgn_cannot_say_is_refused():
    with pytest.raises(GameError, match="PGN is for chess, not for othello"):
        pgn.read("1. e4 *", games.make("othello"))
    with pytest.raises(GameError, match="othello is not chess"):
        pgn.write(Transcript.of(games.make("othello"), [19]))
    chess_game = games.make("chess")
    with pytest.raises(GameError, match="ply 1"):
        pgn.write(Transcript(chess_game.initial(), (0,)))
    with pytest.raises(GameError, match="invalid pgn header"):
        pgn.write(Transcript(chess_game.initial(), (), None, {"a b": "c"}))
    back_and_forth = read_moves(chess_game.initial(), "Nf3 Nf6 Ng1 Ng8 Nf3 Nf6 Ng1")
    state = Transcript.of(chess_game, back_and_forth).states()[-1]
    with pytest.raises(GameError, match="has a past, which FEN cannot say"):
        pgn.write(Transcript.of(state, [read_move(state, "e5")]))


def error_or_round_trip(text: str) -> None:
    try:
        found = pgn.read(text)
    except GameError as error:
        assert "\n" not in str(error) and len(str(error)) < 600
        return
    written = pgn.write(found)
    assert [facts(t) for t in pgn.read(written)] == [facts(t) for t in found]


PIECES = st.sampled_from(
    [
        "1. ",
        "e4 ",
        "e5 ",
        "Nf3 ",
        "O-O ",
        "( ",
        ") ",
        "{ ",
        "} ",
        "; ",
        "$3 ",
        "1-0 ",
        "* ",
        "\n",
        "-- ",
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=24).map("".join)))
def test_any_text_is_an_error_or_comes_back(text):
    error_or_round_trip(text)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), seed=st.integers(0, 99), plies=st.integers(0, 12))
def test_real_files_with_one_character_changed(data, seed, plies):
    text = pgn.write(played(seed, plies))
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.one_of(st.sampled_from('[]"(){};%.*-01\n'), st.characters()))
    error_or_round_trip(text[:place] + character + text[place + 1 :])


@settings(deadline=None)
@given(data=st.data(), seed=st.integers(0, 99), plies=st.integers(0, 80))
def test_any_fen_is_an_error_or_a_position_that_comes_back(data, seed, plies):
    fen = write_fen(played(seed, plies).states()[-1])
    place = data.draw(st.integers(0, len(fen) - 1))
    character = data.draw(
        st.one_of(st.sampled_from("/ 0123456789KQRBNPkqrbnpw-abcdefgh"), st.text())
    )
    try:
        state = read_fen(fen[:place] + character + fen[place + 1 :])
    except GameError as error:
        assert not re.search("[\n\r]", str(error))
    else:
        assert read_fen(write_fen(state)) == state
        assert len(list(board_of(state).legal_moves)) == len(state.legal_actions()) or (
            state.is_terminal
        )
