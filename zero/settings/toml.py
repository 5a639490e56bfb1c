"""A small TOML writer for settings: sections of numbers, strings, booleans and lists of them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any


def value_to_toml(value: Any) -> str:
    """Write one value; floats keep every digit, so reading it back gives the same number.

    Raises TypeError for a value that is no number, string, boolean or list of them.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if math.isfinite(value):
            return repr(value)
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, str):
        # A JSON string is a TOML basic string, if only it has no surrogates and no bare DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Sequence):
        return "[" + ", ".join(value_to_toml(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} cannot be written as TOML")


def sections_to_toml(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Write sections of settings as TOML text; a value of None is left out."""
    blocks = []
    for name, section in sections.items():
        lines = [f"[{name}]"]
        lines += [f"{key} = {value_to_toml(v)}" for key, v in section.items() if v is not None]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"
