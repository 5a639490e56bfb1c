# Written by scripts/dev stubs from the module as built. Do not edit.
"""The native core of zero, a submodule for each package of Python."""

from zero_core import (
    games as games,
    inference as inference,
    selfplay as selfplay
)
