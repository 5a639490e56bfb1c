"""Play against any player in a plain terminal, or through pipes."""

from arena.terminal.plain import Tally, play

__all__ = ["Tally", "play"]
