"""Game records as Python objects and as JSON lines."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from games import Game, State
from games.errors import UserError
from selfplay.storage.games import GameStore
from zero_core.selfplay import decode_record, encode_record


@dataclass(frozen=True)
class GameRecord:
    """One game as self-play left it; the tuples have one entry a ply.

    `policies` are over the legal actions in order and sum to 1, None where the search was not full.
    `values` are the search's, in [-1, 1] from the mover's side, NaN where nothing was searched.
    """

    id: int
    actions: tuple[int, ...]
    values: tuple[float, ...]
    policies: tuple[tuple[float, ...] | None, ...]
    returns: int  # of player 0: -1, 0 or 1
    finished: bool = True
    resigned: bool = False  # the player to move after the last ply gave up
    resign_off: bool = False  # resignation was switched off, to measure it
    would_resign: int = -1  # the player who first met the resign rule, or -1

    @classmethod
    def decode(cls, game: Game, blob: bytes) -> GameRecord:
        """Read the binary form and replay it through the rules. Raises GameError."""
        fields = decode_record(game, blob)
        del fields["full"]
        policies = tuple(None if p is None else tuple(p) for p in fields.pop("policies"))
        actions, values = tuple(fields.pop("actions")), tuple(fields.pop("values"))
        return cls(actions=actions, values=values, policies=policies, **fields)

    def encode(self) -> bytes:
        """Return the binary form. Only `decode` and the window check it against the rules."""
        return encode_record(
            id=self.id,
            actions=self.actions,
            values=self.values,
            policies=[None if p is None else list(p) for p in self.policies],
            returns=self.returns,
            finished=self.finished,
            resigned=self.resigned,
            resign_off=self.resign_off,
            would_resign=self.would_resign,
        )


def to_json(game: Game, record: GameRecord) -> dict[str, Any]:
    """Return a record as JSON values, with actions in the game's own notation.

    A policy maps the text of each legal action to its share; the figures are the shortest decimals
    that give the same float32 again. Where there is none, policy and value are null.
    """
    state = game.initial()
    actions, policies = [], []
    for action, policy in zip(record.actions, record.policies, strict=True):
        actions.append(state.action_to_string(action))
        policies.append(None if policy is None else _named(state, policy))
        state = state.apply(action)
    return {
        "game": game.name,
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
    if store.game_name != game.name:
        raise UserError(f"{store.path} holds games of {store.game_name!r}, not of {game.name!r}")
    count = 0
    try:
        for blob in store.games():
            record = GameRecord.decode(game, blob)
            out_file.write(json.dumps(to_json(game, record), allow_nan=False) + "\n")
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
