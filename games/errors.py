"""The errors that a user can cause. Each message is one line that says what to do."""

from collections.abc import Iterable


class UserError(Exception):
    """Bad input: the message names what was given, what was expected, and what to do."""


class GameError(UserError, ValueError):
    """A game, position, action or parameter that the rules do not know."""


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
