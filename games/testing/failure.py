"""How a broken promise is reported."""

from collections.abc import Callable

from games import Game
from games.errors import ContractError, GameError

__all__ = ["ContractError", "refuses", "require"]


def require(holds: bool, game: Game, message: str) -> None:
    """Raises ContractError with the game's name and the message unless the promise holds."""
    if not holds:
        raise ContractError(f"{game.name}: {message}")


def refuses(call: Callable[..., object], *arguments: object) -> bool:
    """Whether the call raises GameError. A broken promise, or another exception, is no refusal."""
    try:
        call(*arguments)
    except ContractError:
        raise
    except GameError:
        return True
    return False
