"""The interface of a player: it chooses moves in many positions at once."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from arena.players.limit import Limit
from arena.players.position import Position
from arena.players.thinking import AtOnce, Decision, Thinking
from games.errors import UserError


class Player(Protocol):
    """Chooses moves. The same positions and seeds get the same answers, unless time limits it.

    A player inherits from this class and defines `name` and `choose`. The rest has defaults, for
    players that do not search. `searches`: the player grows a search, so a limit or a level changes
    how it plays.
    """

    name: str
    searches: bool = False

    @abstractmethod
    def choose(
        self, positions: Sequence[Position], limit: Limit, seeds: Sequence[int]
    ) -> list[Decision]:
        """One decision for each position, in order; the game is over in none of them.

        `seeds` holds one whole number a position, from which all random choices there are drawn.
        Every position has the whole `limit`. Raises UserError if the player cannot keep to it; one
        that does not search keeps to any.
        """
        ...

    def think(self, position: Position, limit: Limit, seed: int) -> Thinking:
        """Begins to think about one position. Raises UserError as `choose` does."""
        return AtOnce(position, lambda: self.choose([position], limit, [seed])[0])

    def limited(self, limit: Limit, temperature: float, name: str = "") -> "Player":
        """The same player with another limit of its own, and another freedom of choice.

        `temperature`: 0 is its best move; above it, moves are drawn, the freer the higher (see
        SearchPlayer). `name`: what to call it, by default as before. Raises UserError if it does
        not search.
        """
        raise UserError(f"'{self.name}' does not search: there is nothing to limit")

    def close(self) -> None:
        """Releases what it holds, such as an engine's process. No move is requested after that."""
        return  # most hold nothing
