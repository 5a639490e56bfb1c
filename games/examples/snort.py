"""Snort, a complete game in Python: `zero train games.examples.snort:Snort --preset quick`.

Two farmers take turns to rent a field, one for bulls and one for cows. No field of bulls may lie
beside a field of cows. A farmer who finds no field to rent loses. (Simon Norton; Conway, "On
Numbers and Games", 1976.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from games import GameError, Rules


class Position(NamedTuple):
    """Who has which field, row by row ("x" the first player, "o" the second), and who moves."""

    fields: str
    player: int


class Snort(Rules[Position]):
    """Snort: rent fields, none of them beside one of the other farmer's."""

    planes = 4
    num_symmetries = 8  # of the square

    def __init__(self, size: int = 6) -> None:
        """The board has size x size fields."""
        if not 2 <= size <= 12:
            raise GameError(f"snort: size={size} is not possible; give 2 to 12")
        self.size = self.height = self.width = size
        self.max_plies = size * size

    def initial(self) -> Position:
        return Position("." * self.size**2, 0)

    def to_play(self, state: Position) -> int:
        return state.player

    def legal_actions(self, state: Position) -> list[int]:
        return self.free(state.fields, state.player)

    def free(self, fields: str, player: int) -> list[int]:
        """The fields that the player may rent."""
        other = "ox"[player]
        taken = (i for i, owner in enumerate(fields) if owner == other)
        barred = {near for field in taken for near in self.neighbours(field)}
        return [i for i, owner in enumerate(fields) if owner == "." and i not in barred]

    def neighbours(self, field: int) -> Iterator[int]:
        """The fields above, below, left and right."""
        row, column = divmod(field, self.size)
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < self.size and 0 <= c < self.size:
                yield r * self.size + c

    def apply(self, state: Position, action: int) -> Position:
        before, after = state.fields[:action], state.fields[action + 1 :]
        return Position(before + "xo"[state.player] + after, 1 - state.player)

    def returns(self, state: Position) -> tuple[int, int]:
        return (-1, 1) if state.player == 0 else (1, -1)  # who is to move has no field left

    def observe(self, state: Position) -> list[list[bool]]:
        """My fields, the other's, those that I may rent, those that the other may."""
        mine, other = "xo"[state.player], "ox"[state.player]
        owned = [[owner == who for owner in state.fields] for who in (mine, other)]
        free = [set(self.free(state.fields, who)) for who in (state.player, 1 - state.player)]
        return owned + [[i in fields for i in range(self.size**2)] for fields in free]

    def to_string(self, state: Position) -> str:
        """Like ".../.x./o.. x": the rows, and who moves."""
        return "/".join(self.draw(state)) + " " + "xo"[state.player]

    def from_string(self, text: str) -> Position:
        state = Position(text[:-2].replace("/", ""), int(text.endswith("o")))
        fits = len(state.fields) == self.size**2 and set(state.fields) <= set("xo.")
        if not fits or self.to_string(state) != text:
            raise GameError(f"snort: {text!r:.120} is not like {self.to_string(self.initial())!r}")
        return state

    def draw(self, state: Position) -> list[str]:
        return [state.fields[i : i + self.size] for i in range(0, self.size**2, self.size)]

    def transform(self, state: Position, symmetry: int) -> Position:
        """Where a field goes, its owner goes."""
        fields = [""] * self.size**2
        for field, owner in enumerate(state.fields):
            fields[self.transform_action(field, symmetry)] = owner
        return Position("".join(fields), state.player)

    def transform_action(self, action: int, symmetry: int) -> int:
        """Bit 0 mirrors the columns, bit 1 the rows, bit 2 then exchanges rows and columns."""
        row, column = divmod(action, self.size)
        column = self.size - 1 - column if symmetry & 1 else column
        row = self.size - 1 - row if symmetry & 2 else row
        return column * self.size + row if symmetry & 4 else row * self.size + column
