"""Othello: counted, solved on the small board, and beside rules written the plain way."""

import random
from functools import cache

import pytest

import games
from games.errors import GameError

DIRECTIONS = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0)]


class PlainOthello:
    """The rules on a dictionary of squares, as one would explain them; no bits, no edges."""

    def __init__(self, size: int) -> None:
        low = size // 2 - 1
        self.size = size
        self.player = "x"
        self.stones = {
            (low, low): "o",
            (low + 1, low + 1): "o",
            (low, low + 1): "x",
            (low + 1, low): "x",
        }

    def _line(self, row: int, column: int, step: tuple[int, int]) -> list[tuple[int, int]]:
        """The stones that a move at the square would turn in one direction."""
        line = []
        while True:
            row, column = row + step[0], column + step[1]
            owner = self.stones.get((row, column))
            if owner is None:
                return []
            if owner == self.player:
                return line
            line.append((row, column))

    def turned(self, row: int, column: int) -> list[tuple[int, int]]:
        if (row, column) in self.stones:
            return []
        return [square for step in DIRECTIONS for square in self._line(row, column, step)]

    def moves(self) -> list[int]:
        return [
            row * self.size + column
            for row in range(self.size)
            for column in range(self.size)
            if self.turned(row, column)
        ]

    def pass_on(self) -> None:
        self.player = "o" if self.player == "x" else "x"

    def legal(self) -> list[int]:
        moves = self.moves()
        if moves:
            return moves
        self.pass_on()
        other = self.moves()
        self.pass_on()
        return [self.size * self.size] if other else []

    def play(self, action: int) -> None:
        if action < self.size * self.size:
            row, column = divmod(action, self.size)
            for square in [*self.turned(row, column), (row, column)]:
                self.stones[square] = self.player
        self.pass_on()

    def text(self) -> str:
        size = range(self.size)
        rows = ["".join(self.stones.get((r, c), ".") for c in size) for r in size]
        return "/".join(rows) + " " + self.player

    def first_player_return(self) -> int:
        colours = list(self.stones.values())
        ahead = colours.count("x") - colours.count("o")
        return (ahead > 0) - (ahead < 0)


@pytest.mark.parametrize("size", [4, 6, 8])
def test_random_games_agree_with_the_plain_rules(size: int) -> None:
    rng = random.Random(size)
    passes = 0
    for _ in range(30):
        plain, state = PlainOthello(size), games.make(f"othello?size={size}").initial()
        while legal := plain.legal():
            assert (str(state), state.legal_actions()) == (plain.text(), legal)
            action = rng.choice(legal)
            passes += action == size * size
            plain.play(action)
            state = state.apply(action)
        assert (str(state), state.legal_actions()) == (plain.text(), [])
        assert state.returns()[0] == plain.first_player_return()
    assert passes > 5


def _leaves(state: games.State, depth: int) -> int:
    if depth == 0:
        return 1
    return sum(_leaves(state.apply(action), depth - 1) for action in state.legal_actions())


def test_number_of_move_sequences() -> None:
    """The published perft of Othello, depths 1 to 6."""
    initial = games.make("othello").initial()
    counts = [_leaves(initial, depth) for depth in range(1, 7)]
    assert counts == [4, 12, 56, 244, 1396, 8200]


def test_second_player_wins_on_four_by_four() -> None:
    """The known value of 4 x 4 Othello, found by a full search."""

    @cache
    def value(state: games.State) -> int:
        """For the player to move: the best of the moves, cut off at a win."""
        if state.is_terminal:
            return state.returns()[state.to_play]
        best = -1
        for action in state.legal_actions():
            best = max(best, -value(state.apply(action)))
            if best == 1:
                break
        return best

    assert value(games.make("othello?size=4").initial()) == -1


def test_a_forced_pass() -> None:
    """x can enclose nothing, so it must pass; the board stays, and o has moves."""
    state = games.make("othello?size=4").parse("o.o./oxxx/oxx./.x.. x")
    assert [state.action_to_string(action) for action in state.legal_actions()] == ["pass"]
    assert state.parse_action("pass") == 16
    after = state.apply(16)
    assert str(after) == "o.o./oxxx/oxx./.x.. o"
    assert after.legal_actions()
    with pytest.raises(GameError, match="'pass' is not legal here"):
        after.parse_action("pass")


FINISHED = [
    ("xxxx/xxxx/xxxx/xxxx x", (1, -1)),
    ("xxxx/xxxx/xxxx/xxxx o", (1, -1)),
    ("oooo/oooo/oooo/xxxx x", (-1, 1)),
    ("oooo/oooo/xxxx/xxxx o", (0, 0)),
    ("..../.xx./.xx./.... o", (1, -1)),
]


@pytest.mark.parametrize(("text", "returns"), FINISHED)
def test_the_player_with_more_stones_wins(text: str, returns: tuple[int, int]) -> None:
    state = games.make("othello?size=4").parse(text)
    assert state.is_terminal
    assert state.returns() == returns


@pytest.mark.parametrize("name", ["othello", "othello?size=8", "othello?"])
def test_eight_is_the_size_unless_given(name: str) -> None:
    assert games.make(name) is games.make("othello")
    assert games.make(name).name == "othello"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("..../.ox./.xo./....", "must end in ' x' or ' o'"),
        ("..../.ox./.xo./... x", "wrong length"),
        ("..../.ox./.xo./...? x", "character 19 of .* must be . or x or o"),
        ("..../.ox./.xo...... x", "must be the / between two rows"),
        ("..../.o../.xo./.... x", "the four squares in the centre are never empty"),
    ],
)
def test_positions_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        games.make("othello?size=4").parse(text)
