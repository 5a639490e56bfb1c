"""The errors that a user can cause. Each message is one line that says what to do.

An exception raised inside a game written in Python is not ours. It is passed on unchanged, with a
`Blame` that says which game raised it, so that the command can show its author where.
"""

import importlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType


class UserError(Exception):
    """Bad input: the message names what was given, what was expected, and what to do."""


class GameError(UserError, ValueError):
    """A game, position, action or parameter that the rules do not know."""


class ContractError(GameError):
    """A game breaks a promise that search, training and the arena rely on."""


@dataclass(frozen=True)
class Blame:
    """Which game raised an exception, in which of its operations, and where."""

    game: str
    operation: str
    traceback: TracebackType | None  # as it stood when the exception left the game


_BLAME = "__zero_blame__"  # the attribute of the exception that holds it


def blame(error: BaseException, game: str, operation: str) -> None:
    """Marks an exception as raised by a game, unless it is marked, or is no failure of the game.

    What the game says to its user (a UserError) and an interruption stay as they are.
    """
    if isinstance(error, UserError) or not isinstance(error, Exception) or blamed(error):
        return
    found = Blame(game, operation, error.__traceback__)
    BaseException.__setattr__(error, _BLAME, found)  # also where a class allows no attributes
    with suppress(AttributeError):
        error.add_note(f"(raised by {operation} of the game {game})")


def blamed(error: BaseException) -> Blame | None:
    """The blame of an exception that a game raised; None for any other."""
    found = getattr(error, _BLAME, None)
    return found if isinstance(found, Blame) else None


@contextmanager
def blaming(game: str, operation: str) -> Iterator[None]:
    """Marks what the body raises as raised by the game."""
    try:
        yield
    except Exception as error:
        blame(error, game, operation)
        raise


def describe_blamed(error: Exception) -> tuple[str, str]:
    """The traceback of the game's own frames, as text, and one line for the end of it.

    For an exception that is blamed.
    """
    import traceback  # not before something is wrong

    found = blamed(error)
    assert found is not None
    whole = traceback.TracebackException(type(error), error, found.traceback)
    whole.stack = traceback.StackSummary.from_list([f for f in whole.stack if not _is_ours(f)])
    whole.__notes__ = []
    what = f"{type(error).__name__}: {error}".split("\n")[0]
    line = f"the game {found.game} failed in {found.operation}: {what}"
    return "".join(whole.format()), line


def _is_ours(frame: object) -> bool:
    """Whether a frame is of the adapter, or of Python's import system."""
    name = str(getattr(frame, "filename", ""))
    importing = name.startswith("<frozen importlib") or name == importlib.__file__
    here = Path(__file__).parent
    return importing or Path(name).parent in (here, here / "python", here / "openspiel")


def did_you_mean(given: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """A hint for a message: the known word nearest to `given`; if none is near, all of them.

    `otherwise` is said in place of a list that would be long.
    """
    import difflib  # not before something is wrong

    known = list(known)
    close = difflib.get_close_matches(given, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return otherwise or f"known: {', '.join(known)}"
