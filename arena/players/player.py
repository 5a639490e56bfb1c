"""Players: whatever can be asked for moves in many positions at once."""

import copy
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from games import Game, State
from selfplay import SearchBatch, SearchResult, SearchSettings, Thinker
from selfplay.evaluator import Evaluator, RolloutEvaluator
from selfplay.seeds import mix

DEFAULT_ROWS = 512


@dataclass(frozen=True)
class Decision:
    """A chosen action, and what the search that chose it found (None for players without one)."""

    action: int
    result: SearchResult | None = None


class Player(Protocol):
    """Chooses moves. The same states and seeds get the same answers."""

    name: str

    def choose(self, states: Sequence[State], seeds: Sequence[int]) -> list[Decision]:
        """One decision for each state, in order; none of the states is terminal.

        `seeds` holds one whole number a state, from which all random choices there are drawn.
        """
        ...


class RandomPlayer:
    """Plays a uniformly random legal action."""

    def __init__(self, name: str = "random") -> None:
        self.name = name

    def choose(self, states: Sequence[State], seeds: Sequence[int]) -> list[Decision]:
        """One uniformly random legal action for each state."""
        return [
            Decision(random.Random(seed).choice(state.legal_actions()))
            for state, seed in zip(states, seeds, strict=True)
        ]


class Thinking:
    """The search of one position, which can be looked at while it grows.

    Several leaves a batch are evaluated together, kept apart by virtual loss.
    """

    def __init__(self, thinker: Thinker, evaluator: Evaluator, state: State, seed: int) -> None:
        self._thinker = thinker
        self._evaluator = evaluator
        thinker.start(state, seed)
        self._waiting = thinker.advance()

    def advance(self) -> bool:
        """Evaluates one batch of leaves; False when the search has all its simulations."""
        if self._waiting:
            self._evaluator.evaluate(self._thinker.batch)
            self._waiting = self._thinker.advance()
        return self._waiting > 0

    def result(self) -> SearchResult:
        """What the search has found so far; valid after the first advance()."""
        return self._thinker.result()


class SearchPlayer:
    """Tree search with any evaluator, as in evaluation: no noise, the strongest move.

    The move is the search's own choice (most visits; for Gumbel also the best score), or with
    `temperature` > 0 one drawn in proportion to visits^(1 / temperature). With 0 simulations it is
    the raw policy: the most probable action. Positions are searched `rows` at a time, one leaf of
    each a batch; `think` searches one position with `leaves` leaves a batch.
    """

    def __init__(
        self,
        name: str,
        evaluator: Evaluator,
        settings: SearchSettings,
        *,
        temperature: float = 0.0,
        rows: int = DEFAULT_ROWS,
        leaves: int = 8,
    ) -> None:
        self.name = name
        self.settings = evaluation_settings(settings)
        self.temperature = temperature
        self._evaluator = evaluator
        self._rows = rows
        self._leaves = 1 if settings.rule == "gumbel" else leaves
        self._search: tuple[str, int, SearchBatch] | None = None

    def limited(self, simulations: int, temperature: float) -> Self:
        """The same player with other limits."""
        other = copy.copy(self)
        other.settings = self.settings.replace(simulations=simulations)
        other.temperature = temperature
        other._search = None
        return other

    def choose(self, states: Sequence[State], seeds: Sequence[int]) -> list[Decision]:
        """One searched move for each state (see Player.choose)."""
        if len(states) != len(seeds):
            raise ValueError(f"{len(states)} states, but {len(seeds)} seeds")
        decisions: list[Decision] = []
        for begin in range(0, len(states), self._rows):
            part = slice(begin, begin + self._rows)
            decisions += self._choose_part(list(states[part]), list(seeds[part]))
        return decisions

    def think(self, state: State, seed: int) -> Thinking:
        """Begins the search of one position."""
        thinker = Thinker(state.game, self.settings, self._leaves)
        return Thinking(thinker, self._seeded_evaluator(seed), state, seed)

    def decide(self, result: SearchResult, seed: int) -> Decision:
        """The move that this player makes after a search."""
        if self.temperature <= 0.0:
            return Decision(result.action, result)
        weights: list[float] = list(result.visits)
        if not any(weights):
            weights = list(result.priors)
        most = max(weights)
        powers = [(weight / most) ** (1.0 / self.temperature) for weight in weights]
        action = random.Random(mix(seed, 1)).choices(result.actions, powers)[0]
        return Decision(action, result)

    def _seeded_evaluator(self, seed: int) -> Evaluator:
        """The evaluator of one call; those that draw random numbers begin anew from the seed."""
        return self._evaluator

    def _choose_part(self, states: list[State], seeds: list[int]) -> list[Decision]:
        search = self._search_batch(states[0].game, len(states))
        evaluator = self._seeded_evaluator(mix(*seeds))
        search.start(states, seeds)
        while search.advance() > 0:
            evaluator.evaluate(search.batch)
        results = search.results()
        return [self.decide(r, seed) for r, seed in zip(results, seeds, strict=True)]

    def _search_batch(self, game: Game, size: int) -> SearchBatch:
        """A batch with room for `size` positions, kept from call to call.

        It is as small as a power of two allows: an evaluator works on padding rows too.
        """
        rows = min(self._rows, 1 << (size - 1).bit_length())
        if self._search is None or self._search[:2] != (game.name, rows):
            self._search = (game.name, rows, SearchBatch(game, self.settings, rows))
        return self._search[2]


class RolloutPlayer(SearchPlayer):
    """Monte Carlo tree search without a network: UCT, one random game an evaluation.

    Among the most visited actions it plays the one with the best mean result; the seed decides
    what is still tied (Kocsis and Szepesvari 2006; final choice as in Chaslot et al. 2008, "robust
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


def evaluation_settings(settings: SearchSettings) -> SearchSettings:
    """The settings without any noise."""
    return SearchSettings.of(settings, noise_fraction=0.0, gumbel_scale=0.0)
