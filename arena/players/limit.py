"""How long a player may think about a move."""

import math
from dataclasses import asdict, dataclass

from games.errors import UserError

MAX_SIMULATIONS = 10_000_000


@dataclass(frozen=True)
class Limit:
    """The effort for one move; whichever limit is reached first ends it.

    `simulations`: 0 to 10,000,000; 0 is a network's policy without search, and an outside engine
    counts its nodes. `seconds`: above 0; infinite means until stopped. `depth`: 1 or more plies. If
    all three are None, the player uses its own limit. Raises UserError for other values.
    """

    simulations: int | None = None
    seconds: float | None = None
    depth: int | None = None

    def __post_init__(self) -> None:
        _check("simulations", self.simulations, 0, MAX_SIMULATIONS)
        _check("depth", self.depth, 1, 1000)
        if self.seconds is not None and not self.seconds > 0.0:
            raise UserError(f"a limit of seconds={self.seconds} is not possible; give more than 0")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of what it limits."""
        return tuple(name for name, value in asdict(self).items() if value is not None)

    def over(self, own: "Limit") -> "Limit":
        """This limit, or a player's own one where this one asks for nothing."""
        return self if self.kinds else own

    def require(self, name: str, *kinds: str) -> None:
        """Raises UserError unless the player of that name, which keeps to `kinds`, can keep to it.

        >>> Limit(depth=3).require("mcts:200", "simulations", "seconds")
        Traceback (most recent call last):
        games.errors.UserError: 'mcts:200' cannot be limited by depth; give simulations or seconds
        """
        for kind in self.kinds:
            if kind not in kinds:
                choices = " or ".join(kinds)
                raise UserError(f"'{name}' cannot be limited by {kind}; give {choices}")


def _check(name: str, value: int | None, low: int, high: int) -> None:
    whole = isinstance(value, int) and low <= value <= high
    if value is not None and not whole:
        raise UserError(
            f"a limit of {name}={value} is not possible; "
            f"give a whole number from {low:,} to {high:,}"
        )


OWN = Limit()  # whatever the player does by itself
UNTIL_STOPPED = Limit(seconds=math.inf)
