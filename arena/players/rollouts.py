"""`mcts:N`: tree search that judges positions by random games; the yardstick of strength."""

import random
from collections.abc import Mapping
from typing import Any

from arena.players.limit import MAX_SIMULATIONS
from arena.players.player import Player
from arena.players.search import SearchPlayer
from arena.players.specs import Spec, read_temperature, real, register, whole
from arena.players.thinking import Decision
from games import Game
from games.errors import UserError
from selfplay import SearchResult, SearchSettings
from selfplay.evaluator import Evaluator, RolloutEvaluator


class RolloutPlayer(SearchPlayer):
    """Monte Carlo tree search without a network: UCT, with one random game per evaluation.

    Among the most visited actions it plays the one with the best mean result; the seed breaks
    remaining ties (Kocsis and Szepesvari 2006; final choice as in Chaslot et al. 2008, "robust
    child").
    """

    def __init__(
        self, name: str, simulations: int, *, uct_c: float = 1.4, temperature: float = 0.0
    ) -> None:
        settings = SearchSettings(rule="uct", simulations=simulations, uct_c=uct_c)
        super().__init__(name, RolloutEvaluator(0), settings, temperature=temperature, leaves=1)

    def decide(self, result: SearchResult, seed: int) -> Decision:
        """The most visited action, or with a temperature a drawn one."""
        if self.temperature > 0.0:
            return super().decide(result, seed)
        ranked = list(zip(result.visits, result.q, result.actions, strict=True))
        best = max((visits, q) for visits, q, _ in ranked)
        tied = [action for visits, q, action in ranked if (visits, q) == best]
        return Decision(random.Random(seed).choice(tied), result)

    def _seeded_evaluator(self, seed: int) -> Evaluator:
        return RolloutEvaluator(seed)


def _resolve(spec: Spec, game: Game, context: Mapping[str, Any]) -> Player:
    spec.forbid(phase=True)
    options = spec.read({"uct_c": real(0.0, 100.0), "temperature": read_temperature})
    if not spec.argument:
        raise UserError(f"player '{spec.text}': say how many simulations, as in mcts:200")
    try:
        simulations = whole(1, MAX_SIMULATIONS)(spec.argument)
    except ValueError as error:
        raise UserError(f"player '{spec.text}': mcts:{spec.argument}: {error}") from None
    return RolloutPlayer(spec.text, simulations, **options)


register("mcts", _resolve, "mcts:N")
