"""Breakthrough: counted and played beside rules written the plain way, ends, bounds, refusals."""

import functools
import random

import numpy as np
import pytest

import games
from games.errors import GameError

Board = tuple[str, ...]


def opening(size: int) -> Board:
    return ("o" * size,) * 2 + ("." * size,) * (size - 4) + ("x" * size,) * 2


def moves(board: Board, player: str) -> dict[str, Board]:
    """The moves by name, each with the board that it leads to: squares of a list, no bits."""
    size, forward = len(board), -1 if player == "x" else 1
    found = {}
    for row in range(size):
        for column in range(size):
            if board[row][column] != player or not 0 <= row + forward < size:
                continue
            for to in (column - 1, column, column + 1):
                if not 0 <= to < size:
                    continue
                target = board[row + forward][to]
                if target == "." or (target != player and to != column):
                    cells = [list(line) for line in board]
                    cells[row][column], cells[row + forward][to] = ".", player
                    name = f"{chr(97 + column)}{row + 1}{chr(97 + to)}{row + forward + 1}"
                    found[name] = tuple(map("".join, cells))
    return found


def winner(board: Board) -> str | None:
    stones = "".join(board)
    if "x" in board[0] or "o" not in stones:
        return "x"
    return "o" if "o" in board[-1] or "x" not in stones else None


@pytest.mark.parametrize("size", [4, 5, 6, 7, 8])
def test_random_games_agree_with_the_plain_rules(size: int) -> None:
    rng = random.Random(size)
    results = set()
    for _ in range(100):
        state, board, player = games.make(f"breakthrough?size={size}").initial(), opening(size), "x"
        while winner(board) is None:
            assert str(state) == "/".join(board) + " " + player
            assert not state.is_terminal
            plain = moves(board, player)
            names = [state.action_to_string(action) for action in state.legal_actions()]
            assert sorted(names) == sorted(plain)
            name = rng.choice(names)
            state, board = state.apply(state.parse_action(name)), plain[name]
            player = "o" if player == "x" else "x"
        assert str(state) == "/".join(board) + " " + player
        assert state.legal_actions() == []
        assert state.returns()[0] == (1 if winner(board) == "x" else -1)
        results.add(winner(board))
    assert results == {"x", "o"}


@pytest.mark.parametrize(("size", "depth"), [(4, 6), (5, 5), (6, 4), (7, 4), (8, 4)])
def test_number_of_move_sequences(size: int, depth: int) -> None:
    """Counted with the plain rules too; a position that is met twice is counted once."""

    @functools.cache
    def plain(board: Board, player: str, left: int) -> int:
        if left == 0:
            return 1
        if winner(board) is not None:
            return 0
        other = "o" if player == "x" else "x"
        return sum(plain(after, other, left - 1) for after in moves(board, player).values())

    @functools.cache
    def ours(state: games.State, left: int) -> int:
        if left == 0:
            return 1
        return sum(ours(state.apply(action), left - 1) for action in state.legal_actions())

    initial = games.make(f"breakthrough?size={size}").initial()
    counts = [ours(initial, left) for left in range(1, depth + 1)]
    assert counts == [plain(opening(size), "x", left) for left in range(1, depth + 1)]
    if size == 8:
        assert counts == [22, 484, 11132, 256036]


def test_the_mover_moves_up_on_his_side() -> None:
    """Planes and actions of the second player have the rows in reverse order."""
    game = games.make("breakthrough?size=5")
    state = game.parse("ooo.o/oo.../.o.../xxxxx/x.xxx o")
    mover, other = state.observation()
    assert np.argwhere(mover[2]).tolist() == [[1]]
    assert other[:2].tolist() == [[1, 0, 1, 1, 1], [1, 1, 1, 1, 1]]
    action = state.parse_action("b3c4")
    assert action == (2 * 5 + 1) * 3 + 2
    assert state.square_of(action) == 3 * 5 + 2
    assert state.apply(action).board()[2:4] == [".....", "xxoxx"]


def test_no_straight_capture_and_no_move_onto_an_own_stone() -> None:
    state = games.make("breakthrough?size=4").parse("o..o/.o../xx../...x x")
    names = {state.action_to_string(action) for action in state.legal_actions()}
    assert names == {"a3a2", "a3b2", "b3a2", "b3c2", "d4c3", "d4d3"}


FINISHED = [
    (".x.o/...o/..../...x o", (1, -1)),
    ("...o/..../..../.o.x x", (-1, 1)),
    ("..../..x./..../.... o", (1, -1)),
    ("..../..o./..../.... x", (-1, 1)),
]


@pytest.mark.parametrize(("text", "returns"), FINISHED)
def test_known_ends(text: str, returns: tuple[int, int]) -> None:
    state = games.make("breakthrough?size=4").parse(text)
    assert state.is_terminal
    assert state.returns() == returns


def test_to_capture_the_last_stone_wins() -> None:
    state = games.make("breakthrough?size=5").parse("...../...../..o../.x.../..... x")
    after = state.apply(state.parse_action("b4c3"))
    assert after.returns() == (1, -1)


@pytest.mark.parametrize(
    ("text", "most"),
    [("..../xxxx/o.../xx.x x", 16), ("...../xxxxx/o..../...../xxxxx x", 26)],
)
def test_many_legal_actions_on_a_small_board(text: str, most: int) -> None:
    """The last stone stands at the edge: its third move is off the board, and needs room still."""
    size = text.index("/")
    state = games.make(f"breakthrough?size={size}").parse(text)
    assert len(state.legal_actions()) == most
    assert state.game.max_legal_actions == 3 * 2 * size


@pytest.mark.parametrize("size", [6, 7, 8])
def test_the_most_legal_actions_of_a_large_board(size: int) -> None:
    """No stone has more than three moves; here all have three. The lone o stands in no way."""
    inner = "." + "x" * (size - 2) + "."
    rows = ["." * size, inner] * (size // 2) + ["." * size] * (size % 2)
    spare = 2 * size - 2 * (size - 2)
    rows[5] = "." + "x" * spare + "." * (size - 1 - spare)
    rows[0] = "." * (size - 1) + "o"
    rows[7:] = ["." * size] * (size - 7)
    game = games.make(f"breakthrough?size={size}")
    state = game.parse("/".join(rows) + " x")
    assert len(state.legal_actions()) == 6 * size == game.max_legal_actions


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("oooo/oooo/xxxx/xxxx", "must end in ' x' or ' o'"),
        ("oooo/oooo/xxxx/xxx x", "wrong length"),
        ("oooo/oooo/xxxx/xxxz x", "character 19 of .* must be . or x or o"),
        ("oooo/oooo/oxxx/xxxx x", "a player has more than the 8 stones of the start"),
        (".x.o/..../..../...x x", "the player to move already stands on the far row"),
        ("..../..../..../...x x", "the player to move has already captured all stones"),
        ("..../..../..../.... o", "has already captured all stones"),
    ],
)
def test_positions_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        games.make("breakthrough?size=4").parse(text)


@pytest.mark.parametrize("text", ["a7", "a7a5", "a7c6", "a7a8", "i7i6", "a9a8", "a0a1", "b7-b6"])
def test_what_is_not_a_move(text: str) -> None:
    with pytest.raises(GameError, match="is not a move"):
        games.make("breakthrough").initial().parse_action(text)


def test_an_action_off_the_board_has_a_name_for_the_message() -> None:
    state = games.make("breakthrough").initial()
    with pytest.raises(GameError, match=r"action 0 \(a1 off the board\) is not legal"):
        state.apply(0)
    with pytest.raises(GameError, match=r"action 144 \(a7 off the board\) is not legal"):
        state.apply(144)


@pytest.mark.parametrize("size", ["3", "9", "x"])
def test_sizes_out_of_range(size: str) -> None:
    with pytest.raises(GameError, match=f"size='{size}' is not possible; .* from 4 to 8"):
        games.make(f"breakthrough?size={size}")
