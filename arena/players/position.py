"""A position of a game, with the line that led to it."""

from dataclasses import dataclass, field
from typing import Self

from games import Game, State


@dataclass(frozen=True, slots=True)
class Position:
    """A start, the actions played since, and the state that they lead to.

    Outside engines, records and repetitions need the line; search needs only the state. `of` makes
    a position, and `apply` returns an extended one without changing this one.
    """

    start: State
    actions: tuple[int, ...]
    state: State = field(compare=False)

    @classmethod
    def of(cls, start: State, *actions: int) -> Self:
        """The position after the actions. Raises GameError if one of them is not legal."""
        state = start
        for action in actions:
            state = state.apply(action)
        return cls(start, actions, state)

    @property
    def game(self) -> Game:
        """The game it is of."""
        return self.start.game

    @property
    def plies(self) -> int:
        """Actions since the start."""
        return len(self.actions)

    def apply(self, action: int) -> Self:
        """The position one ply on. Raises GameError if the action is not legal."""
        return type(self)(self.start, (*self.actions, action), self.state.apply(action))
