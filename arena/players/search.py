"""Tree search with any evaluator as a player."""

import copy
import random
import time
from collections.abc import Sequence
from typing import Self

from arena.players.limit import MAX_SIMULATIONS, Limit
from arena.players.player import Player
from arena.players.position import Position
from arena.players.thinking import Decision, Thinking
from games import Game, State
from selfplay import SearchBatch, SearchResult, SearchSettings, Thinker
from selfplay.evaluator import Evaluator
from selfplay.seeds import mix

DEFAULT_ROWS = 512


class SearchPlayer(Player):
    """Tree search with any evaluator, without noise, for the strongest move.

    The move is the search's own choice (most visits; for Gumbel also the best score). With
    `temperature` > 0 it is drawn in proportion to visits^(1 / temperature). With 0 simulations it
    is the raw policy: the most probable action. `rows` positions are searched at a time, with one
    leaf of each in a batch. `think` searches one position with `leaves` leaves in a batch.

    Simulations and seconds can limit it. With seconds alone it runs as many simulations as time
    allows; Gumbel plans for a number of simulations, so it runs at most its own number.
    """

    searches = True

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
        self.settings = SearchSettings.of(settings, noise_fraction=0.0, gumbel_scale=0.0)
        self.limit = Limit(simulations=settings.simulations)
        self.temperature = temperature
        self._evaluator = evaluator
        self._rows = rows
        self._leaves = 1 if settings.rule == "gumbel" else leaves
        self._search: tuple[str, int, int, SearchBatch] | None = None

    def limited(self, limit: Limit, temperature: float, name: str = "") -> Self:
        """The same player with another limit and temperature (see Player.limited)."""
        other = copy.copy(self)
        other.name = name or self.name
        other.limit = self._kept(limit)
        other.settings = self._settings(other.limit)
        other.temperature = temperature
        other._search = None
        return other

    def choose(
        self, positions: Sequence[Position], limit: Limit, seeds: Sequence[int]
    ) -> list[Decision]:
        """One searched move for each position (see Player.choose)."""
        limit = self._kept(limit)
        if limit.seconds is not None:  # each position has all of the time
            pairs = zip(positions, seeds, strict=True)
            return [self.think(position, limit, seed).finish() for position, seed in pairs]
        results = self.search([position.state for position in positions], seeds, limit)
        return [self.decide(r, seed) for r, seed in zip(results, seeds, strict=True)]

    def think(self, position: Position, limit: Limit, seed: int) -> Thinking:
        """Begins the search of one position."""
        limit = self._kept(limit)
        thinker = Thinker(position.game, self._settings(limit), self._leaves)
        return _Searching(self, thinker, self._seeded_evaluator(seed), position, limit, seed)

    def search(
        self, states: Sequence[State], seeds: Sequence[int], limit: Limit | None = None
    ) -> list[SearchResult]:
        """What the search finds in each state; by default within the player's own limit."""
        if len(states) != len(seeds):
            raise ValueError(f"{len(states)} states, but {len(seeds)} seeds")
        settings = self._settings(self.limit if limit is None else limit)
        results: list[SearchResult] = []
        for begin in range(0, len(states), self._rows):
            part = slice(begin, begin + self._rows)
            results += self._search_part(settings, list(states[part]), list(seeds[part]))
        return results

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

    def _kept(self, limit: Limit) -> Limit:
        """The limit that applies when this one is requested."""
        limit.require(self.name, "simulations", "seconds")
        return limit.over(self.limit)

    def _settings(self, limit: Limit) -> SearchSettings:
        simulations = limit.simulations
        if simulations is None:
            gumbel = self.settings.rule == "gumbel"
            simulations = self.settings.simulations if gumbel else MAX_SIMULATIONS
        return self.settings.replace(simulations=simulations)

    def _seeded_evaluator(self, seed: int) -> Evaluator:
        """The evaluator of one call; those that draw random numbers begin anew from the seed."""
        return self._evaluator

    def _search_part(
        self, settings: SearchSettings, states: list[State], seeds: list[int]
    ) -> list[SearchResult]:
        search = self._search_batch(states[0].game, len(states), settings)
        evaluator = self._seeded_evaluator(mix(*seeds))
        search.start(states, seeds)
        while search.advance() > 0:
            evaluator.evaluate(search.batch)
        return search.results()

    def _search_batch(self, game: Game, size: int, settings: SearchSettings) -> SearchBatch:
        """A batch with room for `size` positions, kept from call to call.

        It is as small as a power of two allows: an evaluator works on padding rows too.
        """
        rows = min(self._rows, 1 << (size - 1).bit_length())
        key = (game.name, rows, settings.simulations)
        if self._search is None or self._search[:3] != key:
            self._search = (*key, SearchBatch(game, settings, rows))
        return self._search[3]


class _Searching(Thinking):
    """The search of one position; it can be inspected while it grows.

    A batch evaluates several leaves together; virtual loss keeps them apart.
    """

    def __init__(
        self,
        player: SearchPlayer,
        thinker: Thinker,
        evaluator: Evaluator,
        position: Position,
        limit: Limit,
        seed: int,
    ) -> None:
        self.position = position
        self.limit = limit
        self._player = player
        self._thinker = thinker
        self._evaluator = evaluator
        self._seed = seed
        self._stopped = False
        self._end = None if limit.seconds is None else time.monotonic() + limit.seconds
        thinker.start(position.state, seed)
        self._waiting = thinker.advance()
        self._begun = False  # the root has been evaluated

    def advance(self) -> bool:
        """Evaluates one batch of leaves; False when the limit is reached, or it was stopped."""
        if self._waiting and not (self._begun and self._is_over()):
            self._evaluator.evaluate(self._thinker.batch)
            self._waiting = self._thinker.advance()
            self._begun = True
        return self._waiting > 0 and not self._is_over()

    def thought(self) -> SearchResult | None:
        """What the search has found so far."""
        return self._thinker.result() if self._begun else None

    def decision(self) -> Decision:
        """The move as things stand."""
        if not self._begun:
            self.advance()
        return self._player.decide(self._thinker.result(), self._seed)

    def stop(self) -> None:
        """Ends the search early."""
        self._stopped = True

    def _is_over(self) -> bool:
        return self._stopped or (self._end is not None and time.monotonic() >= self._end)
