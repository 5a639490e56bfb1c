"""The errors that a user can cause. Each message is one line that says what to do."""


class UserError(Exception):
    """Bad input: the message names what was given, what was expected, and what to do."""


class GameError(UserError, ValueError):
    """A game, position, action or parameter that the rules do not know."""
