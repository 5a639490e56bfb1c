"""Tic-tac-toe in Python, with the same actions, planes and texts as the native game.

`zero bench` compares the two, to measure what a game in Python costs. The tests use it to show that
both lead to the same searches. Squares are bits of an int, row by row from the top left.
"""

from __future__ import annotations

from games import GameError, Rules

_SQUARES = range(9)
_FULL = 0b111_111_111
_LINES = (0o007, 0o070, 0o700, 0o111, 0o222, 0o444, 0o421, 0o124)
_TURNED = [
    [
        (column * 3 + row if symmetry & 4 else row * 3 + column)
        for square in _SQUARES
        for row in [2 - square // 3 if symmetry & 2 else square // 3]
        for column in [2 - square % 3 if symmetry & 1 else square % 3]
    ]
    for symmetry in range(8)
]

Stones = tuple[int, int]  # of the player to move, and of the other


class TicTacToe(Rules[Stones]):
    """Three in a row on 3 x 3."""

    height = width = 3
    planes = 2
    max_plies = 9
    num_symmetries = 8

    def initial(self) -> Stones:
        return (0, 0)

    def to_play(self, state: Stones) -> int:
        """The first player, if the number of stones is even."""
        return (state[0] | state[1]).bit_count() & 1

    def legal_actions(self, state: Stones) -> list[int]:
        """The empty squares, until the other player has three in a row."""
        mover, other = state
        if _won(other):
            return []
        taken = mover | other
        return [square for square in _SQUARES if not taken >> square & 1]

    def apply(self, state: Stones, action: int) -> Stones:
        return (state[1], state[0] | 1 << action)

    def is_terminal(self, state: Stones) -> bool:
        return _won(state[1]) or state[0] | state[1] == _FULL

    def returns(self, state: Stones) -> tuple[int, int]:
        """Only who has just moved can have won."""
        if not _won(state[1]):
            return (0, 0)
        return (1, -1) if self.to_play(state) == 1 else (-1, 1)

    def observe(self, state: Stones) -> Stones:
        """The mover's stones, and the other player's."""
        return state

    def to_string(self, state: Stones) -> str:
        return "/".join(self.draw(state))

    def from_string(self, text: str) -> Stones:
        cells = text.replace("/", "")
        first, second = (sum(1 << i for i, c in enumerate(cells) if c == who) for who in "xo")
        ahead = first.bit_count() - second.bit_count()
        state = (first, second) if ahead == 0 else (second, first)
        if ahead not in (0, 1) or len(cells) != 9 or text != self.to_string(state):
            raise GameError(
                f"tic-tac-toe: {text!r:.120} is no position; the first is '.../.../...'"
            )
        if _won(state[0]):
            raise GameError("tic-tac-toe: the player to move already has three in a row")
        return state

    def draw(self, state: Stones) -> list[str]:
        first, second = state if self.to_play(state) == 0 else state[::-1]
        cells = ["x" if first >> i & 1 else "o" if second >> i & 1 else "." for i in _SQUARES]
        return ["".join(cells[row : row + 3]) for row in (0, 3, 6)]

    def transform(self, state: Stones, symmetry: int) -> Stones:
        turned = _TURNED[symmetry]
        mover, other = (sum(1 << turned[i] for i in _SQUARES if b >> i & 1) for b in state)
        return (mover, other)

    def transform_action(self, action: int, symmetry: int) -> int:
        """Bit 0 mirrors the columns, bit 1 the rows, bit 2 then exchanges rows and columns."""
        return _TURNED[symmetry][action]


def _won(stones: int) -> bool:
    return any(stones & line == line for line in _LINES)
