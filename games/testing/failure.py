"""How a broken promise is reported."""

from collections.abc import Callable

from games import Game
from games.errors import ContractError, GameError, blamed

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
    except Exception as error:
        if (found := blamed(error)) is None:
            raise
        what = f"{type(error).__name__}: {error}"
        raise ContractError(
            f"{found.game}: {found.operation} raised {what} for {arguments[-1]!r}; what is not "
            "possible is refused with a ValueError or a GameError"
        ) from error
    return False
