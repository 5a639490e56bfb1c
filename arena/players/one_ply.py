"""`one_ply`: a player that sees only one move ahead."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from arena.players.limit import Limit
from arena.players.player import Player
from arena.players.position import Position
from arena.players.specs import Spec, register
from arena.players.thinking import Decision
from games import Game, State


class OnePlyPlayer(Player):
    """Wins if one move does it; otherwise denies the other side such a move; otherwise is random.

    Among equal actions the seed decides. A move looks at one position for each pair of a move and
    an answer.
    """

    def __init__(self, name: str = "one_ply") -> None:
        self.name = name

    def choose(
        self, positions: Sequence[Position], limit: Limit, seeds: Sequence[int]
    ) -> list[Decision]:
        """One action for each position (see Player.choose)."""
        return [
            Decision(random.Random(seed).choice(_best(position.state)))
            for position, seed in zip(positions, seeds, strict=True)
        ]


def _best(state: State) -> list[int]:
    """The actions that win; if none does, those after which the other side cannot win at once."""
    after = {action: state.apply(action) for action in state.legal_actions()}
    won = [action for action, child in after.items() if _is_won_by(state.to_play, child)]
    if won:
        return won
    safe = [action for action, child in after.items() if not _loses(state.to_play, child)]
    return safe or list(after)


def _is_won_by(player: int, state: State) -> bool:
    return state.is_terminal and state.returns()[player] > 0


def _loses(player: int, state: State) -> bool:
    """Whether the other player has won, or can with one move."""
    ends = [state] if state.is_terminal else [state.apply(a) for a in state.legal_actions()]
    return any(_is_won_by(1 - player, end) for end in ends)


def _resolve(spec: Spec, game: Game, context: Mapping[str, Any]) -> Player:
    spec.require_bare()
    return OnePlyPlayer(spec.text)


register("one_ply", _resolve, "one_ply")
