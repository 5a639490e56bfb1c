"""How a broken promise is reported."""

from collections.abc import Callable

from games import Game
from games.errors import GameError


class ContractError(AssertionError):
    """A game breaks a promise that search, training and the arena rely on."""


def require(holds: bool, game: Game, message: str) -> None:
    """Raises ContractError with the game's name and the message unless the promise holds."""
    if not holds:
        raise ContractError(f"{game.name}: {message}")


def refuses(call: Callable[..., object], *arguments: object) -> bool:
    """Whether the call raises GameError."""
    try:
        call(*arguments)
    except GameError:
        return True
    return False
