"""Player specs: one string that names a player.

    kind[:argument][@phase][?key=value&key=value...]

Examples: `random`, `mcts:200`, `run:friday@40?simulations=400`. A text that is a path (it contains
a "/" or ends in ".safetensors") is short for `checkpoint:PATH`. A resolver gives each kind its
meaning. The file of each kind in this folder registers one; other modules may register more.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arena.players.limit import MAX_SIMULATIONS
from arena.players.player import Player
from games import Game
from games.errors import UserError, did_you_mean

_KIND = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_PATH_KIND = "checkpoint"
_PATH_SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Spec:
    """A parsed spec. `text` is what the user wrote; tables show it as the name."""

    text: str
    kind: str
    argument: str = ""
    phase: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    def read(self, readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
        """The options, each read by the reader of its key; keys that were not given are absent.

        Raises UserError for a key without a reader, naming the nearest, and for a value that its
        reader refuses with ValueError.
        """
        values: dict[str, Any] = {}
        for key, value in self.options.items():
            if key not in readers:
                raise UserError(f"player '{self.text}': {_unknown('option', key, readers)}")
            try:
                values[key] = readers[key](value)
            except ValueError as error:
                raise UserError(f"player '{self.text}': {key}={value}: {error}") from None
        return values

    def forbid(self, *, argument: bool = False, phase: bool = False) -> None:
        """Raises UserError if there is an argument, or a phase, that this kind does not take."""
        if argument and self.argument:
            raise UserError(
                f"player '{self.text}': '{self.kind}' takes no argument; write '{self.kind}'"
            )
        if phase and self.phase is not None:
            raise UserError(f"player '{self.text}': '{self.kind}' has no phases; leave @ out")

    def require_bare(self) -> None:
        """Raises UserError if there is anything but the kind."""
        self.forbid(argument=True, phase=True)
        self.read({})


# Makes the player. The mapping carries what a resolver needs from its surroundings (such as the
# folder of the runs); whoever registers the resolver and whoever calls resolve() agree on it.
Resolver = Callable[[Spec, Game, Mapping[str, Any]], Player]

_resolvers: dict[str, tuple[Resolver, str]] = {}


def register(kind: str, resolver: Resolver, usage: str) -> None:
    """Makes a kind of player known; `usage` is its pattern for the user, like "mcts:N"."""
    if not _KIND.match(kind):
        raise ValueError(f"'{kind}' cannot be a kind of player")
    _resolvers[kind] = (resolver, usage)


def usages() -> list[str]:
    """The patterns of all registered kinds, sorted."""
    return sorted(usage for _, usage in _resolvers.values())


def parse(text: str) -> Spec:
    """Takes a spec apart; the kind need not be registered. Raises UserError for bad grammar."""
    text = text.strip()
    body, question, query = text.partition("?")
    options = _parse_options(text, query) if question else {}
    if "/" in body.partition(":")[0] or (":" not in body and body.endswith(_PATH_SUFFIX)):
        return Spec(text, _PATH_KIND, body, None, options)
    kind, colon, argument = body.partition(":")
    if colon and not argument:
        raise UserError(f"player '{text}': nothing stands after ':'")
    phase = None
    if kind == _PATH_KIND:
        return Spec(text, kind, argument, None, options)
    if not colon:
        kind, at, phase_text = kind.partition("@")
    else:
        argument, at, phase_text = (
            argument.rpartition("@") if "@" in argument else (argument, "", "")
        )
    if at:
        if not (phase_text.isascii() and phase_text.isdigit()):
            raise UserError(
                f"player '{text}': '{phase_text}' after @ is not a phase; give a number"
            )
        phase = int(phase_text)
    if not _KIND.match(kind):
        raise UserError(f"'{text}' names no player; write {_choices()}")
    return Spec(text, kind, argument, phase, options)


def resolve(spec: str | Spec, game: Game, context: Mapping[str, Any] | None = None) -> Player:
    """The player that a spec names. Raises UserError; an unknown kind names the nearest one."""
    parsed = parse(spec) if isinstance(spec, str) else spec
    if parsed.kind not in _resolvers:
        raise UserError(
            f"player '{parsed.text}': {_unknown('kind', parsed.kind, _resolvers)} ({_choices()})"
        )
    return _resolvers[parsed.kind][0](parsed, game, context or {})


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers in [low, high]."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text) or not low <= int(text) <= high:
            raise ValueError(f"expected a whole number from {low:,} to {high:,}")
        return int(text)

    return read


def real(low: float, high: float) -> Callable[[str], float]:
    """A reader of finite numbers in [low, high]."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"expected a number from {low:g} to {high:g}")
        return value

    return read


def choice(*words: str) -> Callable[[str], str]:
    """A reader of one of some words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return text

    return read


read_simulations = whole(0, MAX_SIMULATIONS)
read_temperature = real(0.0, 100.0)


def _parse_options(text: str, query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for item in query.split("&"):
        key, equals, value = item.partition("=")
        if not (key and equals and value):
            raise UserError(f"player '{text}': '{item}' after ? is not of the form key=value")
        if key in options:
            raise UserError(f"player '{text}': {key} is given twice")
        options[key] = value
    return options


def _unknown(what: str, given: str, known: Iterable[str]) -> str:
    names = sorted(known)
    if not names:
        return f"there is no {what} '{given}', nor any other {what}"
    return f"there is no {what} '{given}'; {did_you_mean(given, names)}"


def _choices() -> str:
    words = usages()
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
