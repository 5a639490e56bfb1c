"""The board in the terminal: every style, coordinates, the last move, colour."""

import itertools
import re

import pytest

import games
from arena.terminal.board import draw, player_names

CONNECT_FOUR = games.make("connect_four")
TIC_TAC_TOE = games.make("tic_tac_toe")
OTHELLO = games.make("othello?size=6")


def after(game, *moves):
    state = game.initial()
    for move in moves:
        state = state.apply(state.parse_action(move))
    return state


def test_the_board_of_columns():
    state = after(CONNECT_FOUR, "4", "4", "1")
    assert draw(state, 35).splitlines() == [
        " .  .  .  .  .  .  .",
        " .  .  .  .  .  .  .",
        " .  .  .  .  .  .  .",
        " .  .  .  .  .  .  .",
        " .  .  .  o  .  .  .",
        "[x] .  .  x  .  .  .",
        " 1  2  3  4  5  6  7",
    ]
    assert "[o]" in draw(state, 4 * 7 + 3).splitlines()[4]


def test_the_board_of_points():
    state = after(TIC_TAC_TOE, "b2", "a3")
    assert draw(state, 6, legal=True).splitlines() == [
        "    a  b  c",
        " 1  .  .  .",
        " 2  .  x  .",
        " 3 [o] .  .",
    ]


def test_playable_points_are_marked_where_not_all_are():
    text = draw(OTHELLO.initial(), legal=True)
    assert text.count("+") == len(OTHELLO.initial().legal_actions()) == 4
    assert "+" not in draw(OTHELLO.initial())


def test_colour_changes_nothing_but_colour():
    state = after(CONNECT_FOUR, "4", "4", "1")
    coloured = draw(state, 35, colour=True)
    assert "\x1b[" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == draw(state, 35)


@pytest.mark.parametrize("game", [CONNECT_FOUR, TIC_TAC_TOE, OTHELLO])
def test_the_board_shows_the_position(game):
    state = game.initial()
    while not state.is_terminal:
        state = state.apply(state.legal_actions()[-1])
        lines = draw(state).splitlines()
        rows = [re.findall("[xo.]", line) for line in lines if set(line) & set("xo.")]
        planes = state.observation()
        mover = "xo"[state.to_play]
        for r, row in enumerate(rows):
            for c, character in enumerate(row):
                assert (character == mover) == bool(planes[0, r, c])
                assert (character == ".") == (not planes[0, r, c] and not planes[1, r, c])


START_OF_CHESS = [
    " 8  r  n  b  q  k  b  n  r",
    " 7  p  p  p  p  p  p  p  p",
    " 6  .  .  .  .  .  .  .  .",
    " 5  .  .  .  .  .  .  .  .",
    " 4  .  .  .  . [P] .  .  .",
    " 3  .  .  .  .  .  .  .  .",
    " 2  P  P  P  P  .  P  P  P",
    " 1  R  N  B  Q  K  B  N  R",
    "    a  b  c  d  e  f  g  h",
]


def last_square(game, *moves):
    """Where the last of the moves ended."""
    before = after(game, *moves[:-1])
    return before.square_of(before.parse_action(moves[-1]))


def test_the_slanted_board_of_hex():
    game = games.make("hex?size=5&swap=yes")
    moves = ("a2", "swap", "c3", "e3")
    text = draw(after(game, *moves), last_square(game, *moves), legal=True)
    assert text.splitlines() == [
        "   a b c d e",
        " 1  . o . . .",
        "  2  . . . . .",
        "   3  . . x .[o]",
        "    4  . . . . .",
        "     5  . . . . .",
    ]
    assert draw(after(game, "a2", "swap"), last_square(game, "a2", "swap")).splitlines()[1] == (
        " 1  .[o]. . ."
    )


def test_hex_touches_where_the_board_shows_it():
    """A point and its six neighbours are nearest to each other in the drawing too."""
    rows = draw(after(games.make("hex?size=3"), "b2")).splitlines()[1:]
    columns = [row.index(".") for row in rows]
    assert [b - a for a, b in itertools.pairwise(columns)] == [1, 1]


def test_the_board_of_go_has_row_1_at_the_bottom():
    game = games.make("go?size=9")
    lines = draw(after(game, "D4", "J9"), last_square(game, "D4", "J9"), legal=True).splitlines()
    assert lines[0] == " 9  .  .  .  .  .  .  .  . [o]"
    assert lines[5] == " 4  .  .  .  x  .  .  .  .  ."
    assert lines[9] == "    A  B  C  D  E  F  G  H  J"
    wide = draw(games.make("go").initial()).splitlines()
    assert wide[0].startswith(" 19  .") and wide[18].startswith("  1  .")
    assert draw(after(game, "pass"), last_square(game, "pass")) == draw(game.initial())


def test_the_board_of_chess():
    game = games.make("chess")
    assert draw(after(game, "e2e4"), last_square(game, "e2e4"), legal=True).splitlines() == (
        START_OF_CHESS
    )
    coloured = draw(game.initial(), colour=True)
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == draw(game.initial())
    assert coloured.count("\x1b[1;34m") == coloured.count("\x1b[1;33m") == 16


def test_players_are_named_after_their_stones():
    assert player_names(games.make("hex")) == player_names(games.make("breakthrough")) == ("x", "o")
