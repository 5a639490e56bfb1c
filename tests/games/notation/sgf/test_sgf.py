"""SGF: games come back as they were written, other programs' files are read, bad ones are named."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sgfmill import boards as sgfmill_boards
from sgfmill import sgf as sgfmill_sgf

import games
from games.errors import GameError, UserError
from games.notation import Transcript, sgf

NAMES = [
    "go",
    "go?size=9&komi=6.5&superko=yes",
    "go?size=5&komi=-3",
    "go?size=2",
    "gomoku",
    "gomoku?size=7&line=4&exact=yes",
    "gomoku?size=3&line=3",
    "hex",
    "hex?size=19",
    "hex?size=4&swap=yes",
    "othello",
    "othello?size=6",
    "othello?size=4",
]


def played(game: games.Game, seed: int, plies: int | None = None) -> Transcript:
    """A random game, to its end or cut short, with headers and comments."""
    rng = random.Random(seed)
    state, actions = game.initial(), []
    while not state.is_terminal and (plies is None or len(actions) < plies):
        actions.append(rng.choice(state.legal_actions()))
        state = state.apply(actions[-1])
    transcript = Transcript.of(game, actions, {"PB": "Ada [9d]", "PW": "B\\ob", "EV": "é"})
    comments = {0: "before", len(actions): "a ] b \\ c\nd: e"}
    return Transcript(
        transcript.start, transcript.actions, transcript.returns, transcript.headers, comments
    )


def same(a: Transcript, b: Transcript) -> bool:
    """Whether two transcripts are the same game; RE may have been added."""
    headers = [{k: v for k, v in t.headers.items() if k != "RE"} for t in (a, b)]
    return (
        (a.start, a.actions, a.returns, a.comments) == (b.start, b.actions, b.returns, b.comments)
    ) and headers[0] == headers[1]


@pytest.mark.parametrize("name", NAMES)
def test_games_come_back_as_they_were_written(name):
    game = games.make(name)
    plain = [played(game, seed) for seed in range(8)]
    cut = [played(game, seed, seed) for seed in range(8)]
    back = sgf.read(sgf.write(plain + cut))
    assert [t.game.name for t in back] == [game.name] * 16
    assert all(same(a, b) for a, b in zip(plain + cut, back, strict=True))
    assert sgf.write(back) == sgf.write(plain + cut)
    assert same(sgf.read(sgf.write(plain[0]).encode(), game)[0], plain[0])


@pytest.mark.parametrize("name", NAMES)
def test_starts_are_set_up_with_stones(name):
    game = games.make(name)
    for plies in range(1, 6):
        state = played(game, plies, plies).states()[-1]
        if state.is_terminal:
            continue
        transcript = Transcript.of(state, state.legal_actions()[-1:])
        try:
            text = sgf.write(transcript)
        except GameError as error:
            assert "past" in str(error) and name.startswith("go")
        else:
            assert "PL[" in text
            assert same(sgf.read(text)[0], transcript)


@pytest.mark.parametrize("size", [5, 9, 19])
def test_go_puts_the_same_stones_as_sgfmill(size):
    """Captures and all, by another reader of SGF with a board of its own."""
    game = games.make(f"go?size={size}")
    for seed in range(4):
        transcript = played(game, seed)
        theirs = sgfmill_sgf.Sgf_game.from_string(sgf.write(transcript))
        assert (theirs.get_size(), theirs.get_komi()) == (size, 7.5)
        assert theirs.get_winner() == {1: "b", -1: "w", 0: None}[transcript.returns]
        board = sgfmill_boards.Board(size)
        nodes = theirs.get_main_sequence()[1:]
        for node, state in zip(nodes, transcript.states()[1:], strict=True):
            colour, point = node.get_move()
            if point is not None:
                board.play(*point, colour)  # rows from the bottom
            drawn = [
                "".join({"b": "x", "w": "o", None: "."}[board.get(row, c)] for c in range(size))
                for row in reversed(range(size))
            ]
            assert drawn == state.board()


def test_a_file_of_go_with_all_its_parts():
    text = """some mail header (;FF[4]GM[1]CA[UTF-8]SZ[9]KM[0.5]RU[Japanese]HA[2]AB[cg][gc]
        PB[Black]PW[White]RE[W+Resign]C[at the start]
        ;W[ee]C[move 1](;B[cc];W[](;B[tt])(;B[aa]))(;B[dd]C[a variation]))"""
    [game] = sgf.read(text)
    assert game.game.name == "go?size=9&komi=0.5"
    assert game.start.to_play == 1
    assert game.start.board()[2] == "......x.." and game.start.board()[6] == "..x......"
    names = [s.action_to_string(a) for s, a in zip(game.states(), game.actions, strict=False)]
    assert names == ["E5", "C7", "pass", "pass"]
    assert (game.returns, game.headers["RE"]) == (-1, "W+Resign")
    assert game.headers["PB"] == "Black" and game.headers["HA"] == "2"
    assert game.comments == {0: "at the start", 1: "move 1"}


@pytest.mark.parametrize(
    ("text", "komi"),
    [("6.50", 6.5), ("0.00", 0), ("7", 7), ("-5.5000", -5.5), ("+5.5", 5.5), ("-0", 0), ("", 0)],
)
def test_komi_as_programs_write_it(text, komi):
    [game] = sgf.read(f"(;GM[1]SZ[9]KM[{text}])")
    assert game.game == games.make(f"go?size=9&komi={komi:g}")


def test_rectangles_of_setup_stones_and_erased_ones():
    [game] = sgf.read("(;GM[1]SZ[5];AB[aa:cc]AW[ee];AE[bb]PL[W])")
    assert game.start.board() == ["xxx..", "x.x..", "xxx..", ".....", "....o"]
    assert game.start.to_play == 1


def test_the_result_of_go_is_what_the_players_agreed_on():
    text = "(;GM[1]SZ[5]KM[0]RE[{}];B[cc];W[];B[])"
    assert [sgf.read(text.format(r))[0].returns for r in ("B+25", "W+1", "0", "?", "Void")] == [
        1,
        -1,
        0,
        1,  # nothing was said: the rules say it
        1,
    ]


def test_the_charset_is_that_of_the_file():
    text = "(;GM[2]SZ[6]CA[{}]PB[本因坊])"
    for charset in ("UTF-8", "GB18030", "Shift_JIS", "EUC-JP"):
        data = text.format(charset).encode(charset)
        assert sgf.read(data)[0].headers["PB"] == "本因坊"
    assert sgf.read("(;GM[2]PB[Müller])".encode("latin-1"))[0].headers["PB"] == "Müller"
    assert sgf.read(b"(;GM[2]CA[nonsense]PB[a])")[0].headers["PB"] == "a"


def test_othello_with_letters_and_numbers_and_without_its_passes():
    game = games.make("othello?size=4")
    line = next(
        t
        for t in (played(game, seed) for seed in range(99))
        if any(a == game.num_actions - 1 for a in t.actions)
    )
    text = sgf.write(line)
    assert "W[]" in text or "B[]" in text
    without = text.replace(";W[]", "").replace(";B[]", "")
    assert sgf.read(without)[0].actions == line.actions
    [game] = sgf.read("(;GM[2]SZ[8];B[d3];W[C3])")
    assert sgf.read("(;GM[2]SZ[8];B[dc];W[cc])")[0].actions == game.actions


def test_hex_as_hexgui_and_little_golem_write_it():
    [game] = sgf.read(
        "(;FF[4]AP[HexGui:0.9]GM[11]SZ[5];B[a2];W[swap-pieces];B[c3];W[D4];B[resign])"
    )
    assert game.game.name == "hex?size=5&swap=yes"
    names = [s.action_to_string(a) for s, a in zip(game.states(), game.actions, strict=False)]
    assert names == ["a2", "swap", "c3", "d4"]
    assert game.states()[2].board() == [".o...", ".....", ".....", ".....", "....."]
    assert game.returns == -1
    [golem] = sgf.read(
        "(;FF[4]EV[hex.ld.DEFAULT]PB[one]PW[two]SZ[5]RE[W];W[ab];B[swap];W[cc];B[dd];W[resign])"
    )
    assert (golem.game, golem.actions, golem.returns) == (game.game, game.actions, -1)


BAD = [
    ("", "no SGF data"),
    ("nothing here", "no SGF data"),
    ("(;GM[2]SZ[8]", "unexpected end"),
    ("(;GM[2]SZ[8];B[d3)", "unexpected end"),
    ("(;GM[2]SZ[8])(;GM[2]B)", "game 1"),
    ("(;GM[3])", "GM[3] is a game that is not read from SGF; expected 1 (go), 2 (othello)"),
    ("(;GM[chess])", "GM[chess]"),
    ("(;GM[2]SZ[7])", "size"),
    ("(;GM[2]SZ[8:6])", "square boards only"),
    ("(;GM[2]SZ[big])", "SZ[big] is no size"),
    ("(;GM[2]SZ[999999])", "SZ[999999] is no size"),
    ("(;GM[2];B[dc];W[zz])", "SGF game 1, move 2: W[zz]: not a point of othello"),
    ("(;GM[2];B[dc];W[aa])", "SGF game 1, move 2: W[aa]: othello: 'a1' is not legal here"),
    ("(;GM[2];B[dd])", "there is a stone already"),
    ("(;GM[2];B[])", "move 1: B[]: othello: 'pass' is not legal here"),
    ("(;GM[2];W[dc])", "move 1: W[dc]: it is the move of black"),
    ("(;GM[2];B[dc];B[cc])", "move 2: B[cc]: it is the move of white"),
    ("(;GM[2];B[dc]W[cc])", "a node with two moves"),
    ("(;GM[2];B[dc];AB[aa])", "set up after the first move"),
    ("(;GM[2]PL[green])", "PL[green]"),
    ("(;GM[2]AB[aa:ii])", "not a point"),
    ("(;GM[2]AB[cc:aa])", "[cc:aa]: a rectangle"),
    ("(;GM[2]AB[ca:ac])", "[ca:ac]: a rectangle"),
    ("(;GM[2];B[dc])(;GM[2];B[aa])", "SGF game 2, move 1"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_bad_files_are_named(text, message):
    with pytest.raises(GameError) as caught:
        sgf.read(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(;GM[1]SZ[25])", "size"),
        ("(;GM[1]SZ[9]KM[many])", "KM[many]"),
        ("(;GM[1]SZ[9]KM[3.75])", "multiple of 0.5"),
        ("(;GM[1]SZ[9]KM[NaN])", "KM[NaN]"),
        ("(;GM[1]SZ[9]KM[1e99])", "KM[1e99]"),
        ("(;GM[1]SZ[9]KM[1e999999999])", "multiple of 0.5"),
        ("(;GM[1]SZ[9];B[aa];W[aa])", "there is a stone already"),
        ("(;GM[1]SZ[9];B[];W[];B[aa])", "move 3: B[aa]: the game is over before it"),
        ("(;GM[1]SZ[3]AB[aa:cc])", "SGF game 1: go"),
    ],
)
def test_bad_files_of_go_are_named(text, message):
    test_bad_files_are_named(text, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(;GM[4]SZ[15]RU[Renju])", "Renju"),
        ("(;GM[4]SZ[3]RU[freestyle 9 in a row])", "line"),
        ("(;GM[4]SZ[5]AB[aa]PL[B])", "not the move of black"),
        ("(;GM[11]SZ[40])", "size"),
        ("(;GM[11]SZ[5];B[a1];W[a1])", "there is a stone already"),
        ("(;GM[11]SZ[5];B[a1];W[swap-sides])", "not a point"),
        ("(;GM[11]SZ[5];B[a1];W[resign];B[a2])", "a move after a resignation"),
        ("(;GM[4]SZ[3]RU[freestyle 3 in a row]RE[W+];B[aa];W[ab];B[ba];W[bb];B[ca])", "RE[W+]"),
    ],
)
def test_bad_files_of_hex_and_gomoku_are_named(text, message):
    test_bad_files_are_named(text, message)


def test_a_file_of_another_game_than_the_one_asked_for():
    text = "(;GM[2]SZ[6])"
    for name in ("othello", "othello?size=4", "tic_tac_toe"):
        with pytest.raises(GameError, match="the file is of othello on 6 x 6, not of"):
            sgf.read(text, games.make(name))


def test_what_sgf_cannot_say_is_refused():
    with pytest.raises(GameError, match="connect_four cannot be written as SGF"):
        sgf.write(Transcript.of(games.make("connect_four"), [3]))
    othello = games.make("othello")
    with pytest.raises(GameError, match="ply 1"):
        sgf.write(Transcript(othello.initial(), (0,)))


def test_without_the_library_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sgfmill", None)
    monkeypatch.delitem(__import__("sys").modules, "sgfmill.sgf_grammar", raising=False)
    with pytest.raises(UserError, match="pip install sgfmill"):
        sgf.read("(;GM[2])")


def error_or_round_trip(text: str | bytes) -> None:
    try:
        found = sgf.read(text)
    except GameError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 600
        return
    again = sgf.read(sgf.write(found))
    assert all(same(a, b) for a, b in zip(found, again, strict=True))


SYNTAX = [*"()[];:BW\\ ", "GM", "AB", "[aa]", "[bb]", "[dc]", "[c3]", "[]", "[resign]", "C[é]"]
WHOLE = ["(;GM[2]", "(;GM[1]SZ[5]", "(;GM[11]SZ[3]", "(;GM[4]SZ[4]", ";B[aa]", ";W[bb]", ";B[tt]"]
ROOT = ["AW[cc]", "AB[aa:bb]", "PL[W]", "KM[0.5]", "RE[B+]", "CA[UTF-7]", "RU[swap]", "HA[2]"]
PIECES = st.one_of(st.sampled_from(SYNTAX), st.sampled_from(WHOLE), st.sampled_from(ROOT))


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=24).map("".join)))
def test_any_text_is_an_error_or_comes_back(text):
    error_or_round_trip(text)


@given(st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=16).map("".join)))
def test_any_bytes_are_an_error_or_come_back(data):
    error_or_round_trip(data if isinstance(data, bytes) else data.encode())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "hex?size=19"])
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), seed=st.integers(0, 99), plies=st.integers(0, 12))
def test_real_files_with_one_character_changed(name, data, seed, plies):
    text = sgf.write(played(games.make(name), seed, plies))
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.one_of(st.sampled_from("()[];\\:abcBWX159 "), st.characters()))
    error_or_round_trip(text[:place] + character + text[place + 1 :])
    error_or_round_trip(text[:place] + text[place + 1 :])
