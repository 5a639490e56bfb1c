"""Hex: sides joined at every size beside a plain search, the swap, and what a state refuses."""

import random

import numpy as np
import pytest

import games
from games.errors import GameError


def joined(board: list[str], player: int) -> bool:
    """Whether the player's stones join his sides: x top and bottom, o left and right."""
    if player == 1:
        board = ["".join(column) for column in zip(*board, strict=True)]
    stone, size = "xo"[player], len(board)
    reached = {(0, c) for c in range(size) if board[0][c] == stone}
    fresh = list(reached)
    while fresh:
        r, c = fresh.pop()
        near = ((r, c - 1), (r, c + 1), (r - 1, c), (r + 1, c), (r - 1, c + 1), (r + 1, c - 1))
        for row, column in near:
            inside = 0 <= row < size and 0 <= column < size
            if inside and board[row][column] == stone and (row, column) not in reached:
                reached.add((row, column))
                fresh.append((row, column))
    return any(row == size - 1 for row, _ in reached)


@pytest.mark.parametrize("size", range(3, 20))
def test_the_winner_is_who_joins_his_sides(size: int) -> None:
    """At the end of a random game, and not a ply before."""
    rng = random.Random(size)
    winners = set()
    for _ in range(12):
        state = games.make(f"hex?size={size}").initial()
        while not state.is_terminal:
            before, state = state, state.apply(rng.choice(state.legal_actions()))
        winner = 1 - state.to_play
        assert state.returns()[winner] == 1
        assert joined(state.board(), winner)
        assert not joined(before.board(), 0)
        assert not joined(before.board(), 1)
        winners.add(winner)
    assert winners == {0, 1}


@pytest.mark.parametrize("size", [4, 11, 12])
def test_a_text_tells_the_sides_too(size: int) -> None:
    """What a state adds up ply by ply, parse finds from the stones alone, in any order."""
    game = games.make(f"hex?size={size}")
    rng = random.Random(1)
    for _ in range(20):
        state = game.initial()
        while not state.is_terminal:
            action = rng.choice(state.legal_actions())
            assert game.parse(str(state)).apply(action) == state.apply(action)
            state = state.apply(action)


FINISHED = [
    ("x.o/xo./x.. o", (1, -1)),
    (".xo/x../xo. o", (1, -1)),
    ("oox/.xx/x.o o", (1, -1)),
    ("ooo/xx./..x x", (-1, 1)),
    ("x.o/xo./o.x x", (-1, 1)),
]


@pytest.mark.parametrize(("text", "returns"), FINISHED)
def test_known_ends(text: str, returns: tuple[int, int]) -> None:
    state = games.make("hex?size=3").parse(text)
    assert state.is_terminal
    assert state.returns() == returns


def test_two_stones_on_the_other_diagonal_do_not_touch() -> None:
    assert not games.make("hex?size=3").parse("xo./.x./o.x o").is_terminal


def test_the_second_player_sees_the_board_transposed() -> None:
    """The mover joins top and bottom in his planes, and his actions are points of those."""
    game = games.make("hex?size=4")
    state = game.initial().apply(game.initial().parse_action("c1"))
    mover, other = state.observation()
    assert mover.sum() == 0
    assert np.argwhere(other).tolist() == [[2, 0]]
    action = state.parse_action("b4")
    assert action == 1 * 4 + 3
    assert state.action_to_string(action) == "b4"
    assert state.square_of(action) == 3 * 4 + 1
    after = state.apply(action)
    assert after.board() == ["..x.", "....", "....", ".o.."]
    assert np.argwhere(after.observation()[1]).tolist() == [[3, 1]]


def test_the_same_position_seen_from_either_side_is_the_same_observation() -> None:
    """The transposed board with the colours exchanged is the same to the player to move."""
    game = games.make("hex?size=4&swap=yes")
    ours = game.parse("..x./.o../..../.... x")
    theirs = game.parse("..../.x../o.../.... o")
    assert np.array_equal(ours.observation(), theirs.observation())
    assert ours.observation_key == theirs.observation_key
    assert ours.position_key != theirs.position_key


def test_a_swap_takes_the_first_stone_over() -> None:
    """The stone changes its owner and lies at the transposed point; then x moves."""
    game = games.make("hex?size=4&swap=yes")
    state = game.initial()
    assert state.observation()[2].max() == 0
    state = state.apply(state.parse_action("c1"))
    assert state.observation()[2].min() == 1
    assert len(state.legal_actions()) == 16
    swap = state.parse_action("swap")
    assert state.parse_action("c1") == swap
    assert state.action_to_string(swap) == "swap"
    assert state.square_of(swap) == 8
    after = state.apply(swap)
    assert str(after) == "..../..../o.../.... x"
    assert after.observation()[2].max() == 0
    assert len(after.legal_actions()) == 15
    assert game.parse(str(after)) == after
    assert after.apply(0).parse_action("a2") is not None


def test_a_stone_on_the_diagonal_is_swapped_where_it_lies() -> None:
    game = games.make("hex?size=3&swap=yes")
    state = game.initial().apply(4)
    after = state.apply(state.parse_action("swap"))
    assert str(after) == ".../.o./... x"


@pytest.mark.parametrize("moves", [[], ["b2", "a1"], ["b2", "swap"], ["b2", "swap", "a1"]])
def test_a_swap_is_possible_at_the_second_ply_only(moves: list[str]) -> None:
    state = games.make("hex?size=4&swap=yes").initial()
    for move in moves:
        state = state.apply(state.parse_action(move))
    with pytest.raises(GameError, match="'swap' is not a move"):
        state.parse_action("swap")


def test_no_swap_without_the_rule() -> None:
    state = games.make("hex?size=4").initial().apply(5)
    with pytest.raises(GameError, match="'swap' is not a move"):
        state.parse_action("swap")
    with pytest.raises(GameError, match="'b2' is not legal here"):
        state.parse_action("b2")


def test_a_game_with_a_swap_may_be_a_ply_longer_than_the_board() -> None:
    """The bound of max_plies is reached, with and without a swap."""
    for name in ("hex?size=3", "hex?size=3&swap=yes"):
        game = games.make(name)
        longest = 0
        for seed in range(2000):
            rng, state, plies = random.Random(seed), game.initial(), 0
            while not state.is_terminal:
                swap = name.endswith("yes") and plies == 1
                action = state.parse_action("swap") if swap else rng.choice(state.legal_actions())
                state, plies = state.apply(action), plies + 1
            longest = max(longest, plies)
        assert longest == game.max_plies


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("hex?size=3", ".../.../...", "must end in ' x' or ' o', who moves, as '.../.../... x'"),
        ("hex?size=3", ".../.../.. x", "wrong length"),
        ("hex?size=3", ".../.#./... x", "character 6 of .* must be . or x or o"),
        ("hex?size=3", "x../.../... x", "x has 1 stones and o 0, and x is to move"),
        ("hex?size=3", ".../.o./... x", "x has 0 stones and o 1, and x is to move"),
        ("hex?size=3", "xoo/x../x.o x", "the player to move has already joined both sides"),
        ("hex?size=3&swap=yes", ".../.../... o", "x has 0 stones and o 0, and o is to move"),
        ("hex?size=3&swap=yes", "oo./.../... x", "but a swap"),
    ],
)
def test_positions_that_cannot_be(name: str, text: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        games.make(name).parse(text)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hex?size=2", "size='2' is not possible; give a whole number from 3 to 19"),
        ("hex?size=20", "size='20' is not possible"),
        ("hex?swap=maybe", "swap='maybe'"),
        ("hex?board_size=5", "hex has no parameter 'board_size'"),
    ],
)
def test_parameters_out_of_range(name: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        games.make(name)


def test_defaults_are_left_out_of_the_name() -> None:
    assert games.make("hex?size=11&swap=no") is games.make("hex")
    assert games.make("hex?swap=yes&size=5").name == "hex?size=5&swap=yes"
