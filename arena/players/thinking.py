"""A player's answer, what it thought, and thinking that can be inspected while it grows."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from arena.players.limit import OWN, Limit
from arena.players.position import Position


class Thought(Protocol):
    """What a player found about a position; values are those of the player to move, in [-1, 1].

    selfplay.SearchResult is one. `actions` are the actions it considered, ascending, with `visits`,
    `priors` and `q` beside them. What a player does not report is 0 or NaN.
    """

    @property
    def simulations(self) -> int:
        """Simulations, or the nodes of an outside engine."""
        ...

    @property
    def value(self) -> float:
        """Value of the position."""
        ...

    @property
    def actions(self) -> Sequence[int]:
        """The actions that were looked at."""
        ...

    @property
    def visits(self) -> Sequence[int]:
        """Visits of each action."""
        ...

    @property
    def priors(self) -> Sequence[float]:
        """Probability of each action before the search."""
        ...

    @property
    def q(self) -> Sequence[float]:
        """Value of each action."""
        ...

    @property
    def principal_variation(self) -> Sequence[int]:
        """The best line found."""
        ...


@dataclass(frozen=True)
class Decision:
    """A chosen action, and what the player thought; None if it does not report that."""

    action: int
    thought: Thought | None = None


class Thinking(Protocol):
    """Thinking about one position, in progress.

    One thread works on it: it calls advance() until that returns False, and may look at the state
    between two calls. Another thread may call `stop`; the current call is then the last.
    """

    position: Position
    limit: Limit  # what holds, the player's own filled in

    @abstractmethod
    def advance(self) -> bool:
        """Thinks a little further; False when there is no more to come."""
        ...

    @abstractmethod
    def thought(self) -> Thought | None:
        """What is known so far; None before the first advance(), or if the player does not tell."""
        ...

    @abstractmethod
    def decision(self) -> Decision:
        """The decision as things stand; advances once if nothing has been thought yet."""
        ...

    @abstractmethod
    def stop(self) -> None:
        """Ends it early: the next advance() is False."""
        ...

    def finish(self) -> Decision:
        """Thinks to the end, and decides."""
        while self.advance():
            pass
        return self.decision()


class AtOnce(Thinking):
    """The thinking of a player that does not show it: a single call gives the decision."""

    def __init__(self, position: Position, choose: Callable[[], Decision]) -> None:
        self.position = position
        self.limit = OWN
        self._choose = choose
        self._decision: Decision | None = None

    def advance(self) -> bool:
        """Takes the whole decision."""
        self.decision()
        return False

    def thought(self) -> Thought | None:
        """What came with the decision."""
        return None if self._decision is None else self._decision.thought

    def decision(self) -> Decision:
        """The decision, taken once."""
        if self._decision is None:
            self._decision = self._choose()
        return self._decision

    def stop(self) -> None:
        """Nothing: it takes one call anyway."""
