"""The games of a store as JSON lines."""

from __future__ import annotations

import json
import math
from typing import IO, Any

import numpy as np

from games import Game, State
from games.errors import UserError
from selfplay.storage.games import GameStore
from zero_core.selfplay import GameRecord


def to_json(record: GameRecord) -> dict[str, Any]:
    """Return a record as JSON values, with actions in the game's own notation.

    A policy maps the text of each legal action to its share; the figures are the shortest decimals
    that give the same float32 again. Where there is none, policy and value are null.
    """
    state = record.game.initial()
    actions, policies = [], []
    for action, policy in zip(record.actions, record.policies, strict=True):
        actions.append(state.action_to_string(action))
        policies.append(None if policy is None else _named(state, policy))
        state = state.apply(action)
    return {
        "game": record.game.name,
        "id": record.id,
        "actions": actions,
        "returns": [record.returns, -record.returns],
        "resigned": record.resigned,
        "resign_off": record.resign_off,
        "would_resign": None if record.would_resign < 0 else record.would_resign,
        "values": [None if math.isnan(value) else _shortest(value) for value in record.values],
        "policies": policies,
    }


def export_jsonl(store: GameStore, game: Game, out_file: IO[str]) -> int:
    """Write every game of the store as one line of JSON (see `to_json`) and return their number.

    Games come by (phase, id), one at a time, so the size of the store does not matter. Raises
    UserError if the store is damaged, holds another game, or the output cannot be written.
    """
    count = 0
    try:
        for record in store.games(game):
            out_file.write(json.dumps(to_json(record), allow_nan=False) + "\n")
            count += 1
        out_file.flush()
    except BrokenPipeError:  # the reader has seen enough; no fault of the user
        raise
    except OSError as error:
        raise UserError(f"the export cannot be written: {error.strerror}") from error
    return count


def _named(state: State, policy: tuple[float, ...]) -> dict[str, float]:
    texts = [state.action_to_string(action) for action in state.legal_actions()]
    return {text: _shortest(share) for text, share in zip(texts, policy, strict=True)}


def _shortest(value: float) -> float:
    return float(str(np.float32(value)))
