"""A game as written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from games.errors import ContractError, GameError
from zero_core.games import Game, State


@dataclass(frozen=True)
class Transcript:
    """Where a game starts, its actions, its result, and what the file says about it.

    `returns`: the return of player 0, from -1 to 1, or None if the result is unknown. `headers`:
    players, date and the like, under the names of the format (PGN "White", SGF "PB"). `comments`:
    by the number of plies played before them; 0 stands before the first.
    """

    start: State
    actions: tuple[int, ...] = ()
    returns: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, start: Game | State, actions: Sequence[int], headers: Mapping[str, str] | None = None
    ) -> "Transcript":
        """The transcript of `actions` from a state, or from the beginning of a game.

        The result is that of the rules if the game is over, else unknown. Raises GameError for an
        action that is not legal.
        """
        state = start.initial() if isinstance(start, Game) else start
        begun = cls(state, tuple(actions), None, dict(headers or {}))
        last = begun.states()[-1]
        returns = last.returns()[0] if last.is_terminal else None
        return cls(state, begun.actions, returns, begun.headers)

    @property
    def game(self) -> Game:
        """The game that was played."""
        return self.start.game

    def states(self) -> list[State]:
        """The states from the start to the end, one more than plies. Raises GameError."""
        states = [self.start]
        for ply, action in enumerate(self.actions, 1):
            try:
                states.append(states[-1].apply(action))
            except ContractError:
                raise  # the game itself is at fault, not what was played
            except GameError as error:
                raise GameError(f"{self.game.name}: ply {ply}: {error}") from None
        return states
