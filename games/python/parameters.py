"""The parameters of a game in Python, as they are written after its name: `?size=5&misere=yes`."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any

from games.errors import ContractError, GameError, did_you_mean

_WORDS = {"yes": True, "no": False}
_KINDS = {bool: "yes or no", int: "a whole number", float: "a number", str: "a text"}


def signature(cls: type) -> inspect.Signature:
    """The signature of a class's `__init__`, without self."""
    if cls.__init__ is object.__init__:  # type: ignore[misc]  # of this very class
        return inspect.Signature()
    whole = inspect.signature(cls.__init__)  # type: ignore[misc]
    return whole.replace(parameters=list(whole.parameters.values())[1:])


def defaults(name: str, cls: type) -> dict[str, Any]:
    """The parameters of a class and their defaults. Raises ContractError if one has none."""
    found = {}
    for parameter in signature(cls).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if type(parameter.default) not in _KINDS:
            raise ContractError(
                f"{name}: the parameter {parameter.name!r} of __init__ needs a default that is an "
                "int, a float, a bool or a str"
            )
        found[parameter.name] = parameter.default
    return found


def described(name: str, cls: type) -> dict[str, str]:
    """The parameters of a class: name to 'default (what is allowed)'."""
    return {
        key: f"{written(value)} ({_KINDS[type(value)]})"
        for key, value in defaults(name, cls).items()
    }


def parse(name: str, cls: type, text: str) -> dict[str, Any]:
    """The arguments that `a=1&b=2` gives, each of the type of its default.

    Raises GameError that names the nearest parameter, or what is allowed.
    """
    known = defaults(name, cls)
    given: dict[str, Any] = {}
    for item in text.split("&") if text else []:
        key, equals, value = item.partition("=")
        if not (key and equals):
            raise GameError(f"{name}: {item!r:.120} is not a parameter; write name=value")
        if not known:
            raise GameError(f"{name} has no parameters, but {key!r:.120} was given")
        if key not in known:
            raise GameError(f"{name} has no parameter {key!r:.120}; {did_you_mean(key, known)}")
        if key in given:
            raise GameError(f"{name}: {key} is given twice")
        given[key] = _read(name, key, value, type(known[key]))
    return given


def _read(name: str, key: str, text: str, kind: type) -> Any:
    try:
        if kind is bool:
            return _WORDS[text]
        value = kind(text)
        if kind is float and not math.isfinite(value):
            raise ValueError
    except (KeyError, ValueError):
        raise GameError(
            f"{name}: {key}={text!r:.120} is not possible; give {_KINDS[kind]}"
        ) from None
    return value


def written(value: Any) -> str:
    """A value as it is written in a name; `parse` reads it back."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) and value == float(f"{value:g}") else str(value)


def canonical(name: str, cls: type, values: Mapping[str, Any]) -> str:
    """The name with the parameters that differ from their defaults."""
    known = defaults(name, cls)
    other = [f"{k}={written(values[k])}" for k, v in known.items() if values.get(k, v) != v]
    return name + ("?" + "&".join(other) if other else "")
