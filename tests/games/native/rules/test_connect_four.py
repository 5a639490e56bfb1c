"""Connect Four: counted, and won in every direction."""

import pytest

import games
from games.errors import GameError

GAME = games.make("connect_four")


def _after(columns: str) -> games.State:
    state = GAME.initial()
    for column in columns:
        state = state.apply(state.parse_action(column))
    return state


def _leaves(state: games.State, depth: int) -> int:
    if depth == 0:
        return 1
    return sum(_leaves(state.apply(action), depth - 1) for action in state.legal_actions())


def test_number_of_positions() -> None:
    """The positions after 0 to 6 plies (OEIS A212693)."""
    states = {GAME.initial()}
    counts = [1]
    for _ in range(6):
        states = {state.apply(action) for state in states for action in state.legal_actions()}
        counts.append(len(states))
    assert counts == [1, 7, 49, 238, 1120, 4263, 16422]


def test_stones_fall() -> None:
    assert str(_after("4443")) == "......./......./......./...x.../...o.../..ox..."


def test_a_full_column_is_closed() -> None:
    state = _after("111111")
    assert state.legal_actions() == [1, 2, 3, 4, 5, 6]
    with pytest.raises(GameError, match="'1' is not legal here; legal: 2 3 4 5 6 7"):
        state.parse_action("1")


@pytest.mark.parametrize(
    ("columns", "returns"),
    [
        ("1717171", (1, -1)),
        ("17171727", (-1, 1)),
        ("1122334", (1, -1)),
        ("7766554", (1, -1)),
        ("12234334474", (1, -1)),
        ("76654554414", (1, -1)),
    ],
)
def test_four_in_a_row_ends_the_game(columns: str, returns: tuple[int, int]) -> None:
    assert not _after(columns[:-1]).is_terminal
    state = _after(columns)
    assert state.is_terminal
    assert state.returns() == returns


@pytest.mark.parametrize(
    "text",
    [
        "......./......./......./......./x....../oo.oxxx",
        "x....../x....../x....../o....../o....../ox.....",
    ],
)
def test_three_and_one_across_the_edge_is_no_four(text: str) -> None:
    """No line runs on from the end of a row or of a column into the next."""
    assert not GAME.parse(text).is_terminal


def test_a_full_board_is_a_draw() -> None:
    state = _after("121212343434212121434343565656656565777777")
    assert state.is_terminal
    assert state.legal_actions() == []
    assert state.returns() == (0, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("......./......./......./......./......./......", "wrong length"),
        ("......./......./......./......./......./......z", "character 47"),
        ("......./......./......./......./......./x.x....", "x has 2 stones and o 0"),
        ("......./......./......./......./x....../.......", "hangs in the air"),
        ("......./......./......./......./xxxx.../oooo...", "already has four in a row"),
    ],
)
def test_positions_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        GAME.parse(text)
