"""Go: captures, ko, scoring, the end, texts and planes in known positions."""

import numpy as np
import pytest

import games
from games.errors import GameError


def _at(rows: str, rest: str = "x - 0 0", options: str = "") -> games.State:
    """A position of the size of the rows, which need not be complete: the upper ones are empty."""
    given = rows.split("/")
    size = max(len(given), len(given[0]))
    board = ["." * size] * (size - len(given)) + given
    return games.make(f"go?size={size}{options}").parse("/".join(board) + " " + rest)


def _after(state: games.State, moves: str) -> games.State:
    for move in moves.split():
        state = state.apply(state.parse_action(move))
    return state


def _is_legal(state: games.State, move: str) -> bool:
    return move in map(state.action_to_string, state.legal_actions())


def _rows(state: games.State) -> str:
    """The rows that are not empty."""
    return "/".join(row for row in state.board() if set(row) != {"."})


KO = ".xo../xo.o./.xo.."


def test_ko_is_forbidden_for_one_ply() -> None:
    taken = _after(_at(KO), "C2")
    assert str(taken) == "...../...../.xo../x.xo./.xo.. o B2 0 1"
    assert not _is_legal(taken, "B2")
    assert taken.observation()[3].reshape(-1).nonzero()[0].tolist() == [16]
    later = _after(taken, "E5 A5")
    assert str(later).split(" ")[1:] == ["o", "-", "0", "3"]
    assert _rows(_after(later, "B2")).endswith("xo.o./.xo..")


def test_a_pass_ends_the_ban_of_ko() -> None:
    state = _after(_at(KO), "C2 pass A5")
    assert _is_legal(state, "B2")


def test_two_kos_at_once() -> None:
    """Each ko is closed for one ply only, and taking the other opens it."""
    two = "/".join(
        row + "...." for row in (".xo.", "xo.o", ".xo.", "....", "....", ".xo.", "x.xo", ".xo.")
    )
    state = _after(_at(two), "C7")
    assert not _is_legal(state, "B7")
    state = _after(state, "B2")
    assert not _is_legal(state, "C2")
    state = _after(state, "H8")
    assert _is_legal(state, "B7")


def test_snapback_is_no_ko() -> None:
    """One stone is thrown in and taken, and then takes the three that took it."""
    taken = _after(_at("xx.../oox../..x.."), "A1 B1")
    assert str(taken).split(" ")[1:] == ["x", "-", "0", "2"]
    assert _rows(taken) == "xx.../oox../.ox.."
    assert _rows(_after(taken, "A1")) == "xx.../..x../x.x.."


def test_taking_two_is_no_ko() -> None:
    state = _after(_at("xxo./.o.o", "o - 0 0"), "A1 C1")
    assert _rows(state) == "xxo./..xo"
    assert str(state).split(" ")[2] == "-"
    assert _is_legal(state, "B1")


@pytest.mark.parametrize(
    ("rows", "move", "after"),
    [
        ("x.../.x..", "A1", None),  # no liberty
        ("xx../oox./.ox.", "A1", None),  # nor has the whole group
        ("xx../.ox./.ox.", "A1", "xx../.ox./oox."),  # the group has one more
        ("o../xo./.xo", "A1", "o../.o./o.o"),  # takes two groups
        ("oo../xxo./.xo.", "A1", "oo../..o./o.o."),
        ("xxx/xxx/xx.", "C1", "..o"),  # takes the board
    ],
)
def test_suicide_is_illegal_unless_it_captures(rows: str, move: str, after: str | None) -> None:
    state = _at(rows, "o - 0 0")
    if after is None:
        assert not _is_legal(state, move)
    else:
        assert _rows(_after(state, move)) == after


@pytest.mark.parametrize(
    ("rows", "lead"),
    [
        (".../.../...", 0),  # nobody's
        (".../.x./...", 9),
        ("xx.oo/xx.oo/xx.oo/xx.oo/xx.oo", 0),  # dame between equal sides
        ("x.o.o/x.o.o/x.o.o/x.o.o/x.o.o", -10),
        ("xxx/x.o/xxx", 6),  # the stone that could be taken counts, its liberty is nobody's
        ("xxxxx/xoo.x/xxxxx/...../.....", 20),  # one region of each kind
        ("ooooo/oxx.o/ox.oo/oxooo/ooooo", -15),  # both have only liberties that they share
    ],
)
def test_area_is_counted_as_it_stands(rows: str, lead: int) -> None:
    for komi, value in ((lead - 0.5, 1), (lead, 0), (lead + 0.5, -1)):
        state = _at(rows, "x - 2 9", f"&komi={komi}")
        assert state.is_terminal
        assert state.returns() == (value, -value)


def test_two_passes_in_a_row_end_the_game() -> None:
    state = _after(games.make("go?size=3").initial(), "pass B2 pass")
    assert not state.is_terminal
    assert str(_after(state, "A1")).split(" ")[3] == "0"
    over = _after(state, "pass")
    assert over.is_terminal
    assert over.legal_actions() == []
    assert over.returns() == (-1, 1)


def test_the_longest_game() -> None:
    state = _after(games.make("go?size=3&plies=3").initial(), "A1 B1")
    assert state.observation()[6, 0, 0] == np.float32(1 / 6)
    over = _after(state, "C1")
    assert over.is_terminal
    assert over.returns() == (-1, 1)
    assert games.make("go?size=3").max_plies == 18


def test_the_number_of_plies_matters_to_equality_but_not_to_the_position() -> None:
    early, late = _at("x.../....", "o - 0 1"), _at("x.../....", "o - 0 29")
    assert early != late
    assert early.position_key == late.position_key
    assert early.observation_key != late.observation_key
    # Far from the end the network is not told how far.
    middle = _at("x.../....", "o - 0 5")
    assert early != middle
    assert early.observation_key == middle.observation_key


def test_planes_and_scalars() -> None:
    state = _after(_at(KO), "C2")
    other, own = (np.array([list(row) for row in state.board()]) == stone for stone in "xo")
    observation = state.observation()
    assert observation.shape == (7, 5, 5)
    assert (observation[0] == own).all()
    assert (observation[1] == other).all()
    atari = [(3, 2), (4, 2)]  # the stone that took, and the one below it
    assert [tuple(place) for place in np.argwhere(observation[2]).tolist()] == atari
    assert [tuple(place) for place in np.argwhere(observation[3]).tolist()] == [(3, 1)]
    assert observation[4:, 0, 0].tolist() == [1.5, 0, 1]
    assert _after(state, "pass").observation()[4:, 0, 0].tolist() == [-1.5, 1, 1]


def test_without_komi_colour_is_not_seen() -> None:
    first = _at("x.o./....", "x - 0 0", "&komi=0")
    second = _at("o.x./....", "o - 0 0", "&komi=0")
    assert first.observation_key == second.observation_key
    assert first.observation().tobytes() == second.observation().tobytes()
    assert first.position_key != second.position_key


def test_points_are_named_as_in_gtp() -> None:
    state = games.make("go").initial()
    names = [state.action_to_string(action) for action in (0, 8, 18, 342, 360, 361)]
    assert names == ["A19", "J19", "T19", "A1", "T1", "pass"]
    assert [state.parse_action(name.lower()) for name in names] == [0, 8, 18, 342, 360, 361]
    assert state.game.board.columns[7:9] == ["H", "J"]
    assert state.game.board.rows[0] == "19"
    for wrong in ("I5", "U1", "A20", "A0", "A01", "A+1", "A", "A1 ", "passs", "4D"):
        with pytest.raises(GameError):
            state.parse_action(wrong)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".../.../...", "a position is its rows, who moves"),
        (".../.../... x - 0", "'' is not the number of plies, which is from 0 to 18"),
        (".../.../... x - 0 0 0", "a position is its rows"),
        (".../.../... b - 0 0", "a position is its rows"),
        (".../.../... x - 0 19", "'19' is not the number of plies"),
        (".../.../... x - 2 1", "'2' is not the number of passes, which is from 0 to 1 here"),
        (".../.../... x - 0 00", "is written '.../.../... x - 0 0'"),
        (".../.../... x  0 0", "captured on ''"),
        (".../.../... x B2 0 0", "captured on 'B2', so it is no ko point"),
        (".../.../... x pass 0 0", "captured on 'pass'"),
        (".../... x - 0 0", "wrong length"),
        (".../.o./..? x - 0 0", "must be . or x or o"),
        ("xo./o../... x - 0 0", "has a group without a liberty"),
        (".../.../... x - 0 0 moves A1", "a position is its rows"),
    ],
)
def test_positions_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        games.make("go?size=3").parse(text)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("go?size=1", "whole number from 2 to 19"),
        ("go?size=20", "whole number from 2 to 19"),
        ("go?komi=0.25", "multiple of 0.5 from -400 to 400"),
        ("go?komi=401", "multiple of 0.5 from -400 to 400"),
        ("go?komi=2000000000", "multiple of 0.5 from -400 to 400"),
        ("go?komi=-2147483648.5", "multiple of 0.5 from -400 to 400"),
        ("go?komi=.5", "multiple of 0.5 from -400 to 400"),
        ("go?superko=maybe", "give yes or no"),
        ("go?size=9&komi=7&size=9", "go: size is given twice"),
        ("go?plies=0", "whole number from 1 to 10000"),
        ("go?handicap=2", "no parameter 'handicap'"),
    ],
)
def test_parameters_that_cannot_be(name: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        games.make(name)


def test_names_leave_out_what_is_usual() -> None:
    assert games.make("go?size=9&komi=7.5&superko=no&plies=162").name == "go?size=9"
    assert games.make("go?plies=100&superko=yes&komi=7.0").name == "go?komi=7&superko=yes&plies=100"
    assert games.make("go?size=19") is games.make("go")
    sizes = [games.make(f"go?size={size}") for size in range(2, 20)]
    assert [game.num_actions for game in sizes] == [size**2 + 1 for size in range(2, 20)]
