"""`random`: the weakest player there is."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from arena.players.limit import Limit
from arena.players.player import Player
from arena.players.position import Position
from arena.players.specs import Spec, register
from arena.players.thinking import Decision
from games import Game


class RandomPlayer(Player):
    """Plays a uniformly random legal action."""

    def __init__(self, name: str = "random") -> None:
        self.name = name

    def choose(
        self, positions: Sequence[Position], limit: Limit, seeds: Sequence[int]
    ) -> list[Decision]:
        """One uniformly random legal action for each position."""
        return [
            Decision(random.Random(seed).choice(position.state.legal_actions()))
            for position, seed in zip(positions, seeds, strict=True)
        ]


def _resolve(spec: Spec, game: Game, context: Mapping[str, Any]) -> Player:
    spec.require_bare()
    return RandomPlayer(spec.text)


register("random", _resolve, "random")
