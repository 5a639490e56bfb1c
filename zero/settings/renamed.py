"""Renamed settings, so that files from older versions can still be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from games.errors import UserError

RENAMED = {
    "search.noise_alpha": "search.noise_concentration",
    "selfplay.rounds": "selfplay.batches_per_phase",
    "training.average": "training.ema_decay",
    "training.clip": "training.max_grad_norm",
}


def with_new_names(tables: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return tables read from a file, under today's names; `source` names the file in errors.

    Anything that is not a table is passed on unchanged. Raises UserError if a setting is given
    twice, under both of its names.
    """
    renamed = {name: dict(t) if isinstance(t, Mapping) else t for name, t in tables.items()}
    for old, new in RENAMED.items():
        section, _, old_name = old.partition(".")
        table, new_name = renamed.get(section), new.partition(".")[2]
        if not isinstance(table, dict) or old_name not in table:
            continue
        if new_name in table:
            raise UserError(f"{source}: {old} is now called {new}, but both are given; keep {new}")
        table[new_name] = table.pop(old_name)
    return renamed
