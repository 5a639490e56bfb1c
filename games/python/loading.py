"""Where games in Python come from: `module:Class`, and the entry points `zero.games` by bare name.

A package registers a game in its pyproject.toml. The game is then called `mygame`:

    [project.entry-points."zero.games"]
    mygame = "package.module:Class"
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from games.errors import GameError, blaming, did_you_mean
from games.python.rules import Rules

GROUP = "zero.games"


@functools.cache
def registered() -> dict[str, str]:
    """The registered games: name to `module:Class`. Nothing of them is imported."""
    from importlib.metadata import entry_points  # takes a while

    return {point.name: f"{point.module}:{point.attr}" for point in entry_points(group=GROUP)}


def load(target: str) -> type[Rules[Any]]:
    """The class that `module:Class` names.

    Raises GameError if there is no such module, class, or it is no game. An exception of the
    module's own code arrives as it is, marked with `Blame`.
    """
    module_name, _, class_name = target.partition(":")
    if not all(part.isidentifier() for part in module_name.split(".") + class_name.split(".")):
        raise GameError(f"{target!r} names no class; write module:Class, as in mygame:MyGame")
    if module_name.endswith(".py"):
        raise GameError(f"{target}: write the module without .py, {target.replace('.py:', ':', 1)}")
    found: Any = _module(target, module_name)
    for part in class_name.split("."):
        if not hasattr(found, part):
            known = [name for name in vars(found) if _is_game(getattr(found, name))]
            where = getattr(found, "__file__", None) or "Python itself"
            hint = did_you_mean(part, known) if known else f"no class of {where} is a games.Rules"
            raise GameError(f"{target}: there is no {part!r} in {module_name}; {hint}")
        found = getattr(found, part)
    if not _is_game(found):
        raise GameError(f"{target} is no game: give a subclass of games.Rules")
    missing = sorted(found.__abstractmethods__)
    if missing:
        raise GameError(f"{target} is not complete: it has no {', '.join(missing)}")
    return found  # type: ignore[no-any-return]


def _module(target: str, name: str) -> Any:
    """Imports the module. That another module is missing, which it imports, is its own failure."""
    try:
        with blaming(target, "import"):
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(error.name + ".")):
            raise
        raise GameError(
            f"{target}: there is no module {error.name!r}, neither in the current folder nor "
            "installed"
        ) from None


def _is_game(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, Rules) and thing is not Rules
