"""Gomoku: lines of both rules beside a plain search of the whole board, ends, refusals."""

import itertools
import random

import pytest

import games
from games.errors import GameError

NAMES = [
    "gomoku?size=3&line=3",
    "gomoku?size=6&line=3&exact=yes",
    "gomoku?size=7&line=4&exact=yes",
    "gomoku?size=8&line=4",
    "gomoku?size=8&line=8",
    "gomoku?size=9&line=4&exact=yes",
    "gomoku?size=11&line=3&exact=yes",
    "gomoku?size=12&line=4",
    "gomoku?exact=yes",
    "gomoku?size=16&line=4&exact=yes",
    "gomoku?size=17&line=3",
    "gomoku?size=19&line=6&exact=yes",
]


def runs(board: list[str], stone: str) -> set[int]:
    """The lengths of the unbroken lines of the stone, each as long as it can be."""
    size = len(board)
    rows = board
    columns = ["".join(column) for column in zip(*board, strict=True)]
    falling, rising = (
        [
            "".join(lines[r][r + offset] for r in range(size) if 0 <= r + offset < size)
            for offset in range(1 - size, size)
        ]
        for lines in (board, [row[::-1] for row in board])
    )
    return {
        len(list(group))
        for line in itertools.chain(rows, columns, falling, rising)
        for owner, group in itertools.groupby(line)
        if owner == stone
    }


def wins(board: list[str], stone: str, line: int, exact: bool) -> bool:
    return any(length == line if exact else length >= line for length in runs(board, stone))


def _rules(name: str) -> tuple[int, bool]:
    parameters = dict(item.split("=") for item in name.split("?")[1].split("&"))
    return int(parameters.get("line", 5)), parameters.get("exact") == "yes"


@pytest.mark.parametrize("name", NAMES)
def test_random_games_agree_with_a_search_of_the_whole_board(name: str) -> None:
    line, exact = _rules(name)
    game = games.make(name)
    rng = random.Random(7)
    for _ in range(12):
        state = game.initial()
        while True:
            board, mover = state.board(), "xo"[state.to_play]
            assert not wins(board, mover, line, exact)
            won = wins(board, "ox"[state.to_play], line, exact)
            empty = [point for point, c in enumerate("".join(board)) if c == "."]
            assert state.legal_actions() == ([] if won else empty)
            if state.is_terminal:
                expected = 0 if not won else 1 if mover == "o" else -1
                assert state.returns() == (expected, -expected)
                break
            state = state.apply(rng.choice(state.legal_actions()))


def test_longer_lines_are_met_under_the_exact_rule() -> None:
    """The comparison would prove little of longer lines if random games had none."""
    game = games.make("gomoku?size=6&line=3&exact=yes")
    rng = random.Random(1)
    longer = 0
    for _ in range(200):
        state = game.initial()
        while not state.is_terminal:
            state = state.apply(rng.choice(state.legal_actions()))
        longer += max(runs(state.board(), "x") | runs(state.board(), "o")) > 3
    assert longer > 5


def played(name: str, moves: str) -> games.State:
    state = games.make(name).initial()
    for move in moves.split():
        state = state.apply(state.parse_action(move))
    return state


SIX = "a1 a9 b1 b9 c1 c9 e1 e9 f1 f9 d1"  # x fills the gap of a line of six


def test_six_in_a_row_win_freestyle_and_not_exact() -> None:
    assert played("gomoku?size=9", SIX).returns() == (1, -1)
    assert not played("gomoku?size=9&exact=yes", SIX).is_terminal


def test_five_with_six_across_win_under_the_exact_rule() -> None:
    """The last stone makes a line of six in a row and one of five in a column."""
    before = "d2 a8 d3 b8 d4 c8 d5 e8 " + SIX
    state = played("gomoku?size=9&exact=yes", before)
    assert max(runs(state.board(), "x")) == 6
    assert state.returns() == (1, -1)


@pytest.mark.parametrize(
    "moves",
    [
        "a1 b1 a2 b2 a3 b3 a4 b4 a5",
        "a5 b1 b4 b2 c3 b3 d2 a1 e1",
        "e5 b1 d4 c1 c3 d1 b2 e1 a1",
        "c5 a1 d5 b1 a5 c1 b5 d1 e5",
    ],
)
def test_a_line_in_each_direction(moves: str) -> None:
    assert played("gomoku?size=5", moves).returns() == (1, -1)


def test_a_line_does_not_run_over_the_edge() -> None:
    state = games.make("gomoku?size=5&line=4").parse("...xx/xx.../.o.o./..o.o/.....")
    assert not state.is_terminal


def test_a_full_board_is_a_draw() -> None:
    state = games.make("gomoku?size=4&line=4").parse("xxox/ooxo/xxox/ooxo")
    assert state.is_terminal
    assert state.returns() == (0, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("..../..../....", "wrong length"),
        ("..../..../..../...z", "character 19 of .* must be . or x or o"),
        ("xx../..../..../....", "x has 2 stones and o 0; x moves first"),
        ("o.../..../..../....", "x has 0 stones and o 1"),
        ("xxx./oo../..../o...", "the player to move already has 3 in a row"),
    ],
)
def test_positions_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        games.make("gomoku?size=4&line=3").parse(text)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gomoku?size=2", "size='2' is not possible; give a whole number from 3 to 19"),
        ("gomoku?size=20", "size='20' is not possible"),
        ("gomoku?line=2", "line='2' is not possible"),
        ("gomoku?size=4", "a line of 5 does not fit on size=4; give line=3 to 4"),
        ("gomoku?exact=1", "exact='1'"),
    ],
)
def test_parameters_out_of_range(name: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        games.make(name)


def test_defaults_are_left_out_of_the_name() -> None:
    assert games.make("gomoku?size=15&line=5&exact=no") is games.make("gomoku")
    assert games.make("gomoku?exact=yes&line=4&size=7").name == "gomoku?size=7&line=4&exact=yes"
