"""Play against any player in a plain terminal, or through pipes."""

from arena.terminal.plain import play

__all__ = ["play"]
