"""What the games of a phase say: length, who wins, how sure and how right the search was."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

_BINS = 10


def _floats() -> array[float]:
    return array("d")


@dataclass
class GameStatistics:
    """Sums over finished games; `add` takes decoded game records.

    A GPU makes thousands of games a second, so that what has to be done for each ply waits until
    `summary`, where it is done for all at once.
    """

    games: int = 0
    plies: int = 0
    first_player: float = 0.0  # points of player 0: 1, 1/2 or 0 a game
    draws: int = 0
    resigned: int = 0
    never_resign: int = 0  # games in which resignation was off
    would_resign: int = 0  # of these, games in which a player would have resigned
    wrongly: int = 0  # of these, games that this player did not lose
    searches: int = 0
    shares: array[float] = field(default_factory=_floats)  # the policies, one after the other
    values: array[float] = field(default_factory=_floats)  # by ply; NaN where nothing was searched
    results: array[float] = field(default_factory=_floats)  # by ply, of the player who moved

    def add(self, record: dict[str, Any]) -> None:
        """Count one game."""
        returns = int(record["returns"])
        self.games += 1
        self.plies += len(record["actions"])
        self.first_player += (returns + 1) / 2
        self.draws += returns == 0
        self.resigned += bool(record["resigned"])
        self._add_resignation(record, returns)
        searched = [policy for policy in record["policies"] if policy]
        self.searches += len(searched)
        self.shares.extend(chain.from_iterable(searched))
        values: Sequence[float] = record["values"]
        self.values.extend(values)
        self.results.extend(([returns, -returns] * (len(values) // 2 + 1))[: len(values)])

    def _add_resignation(self, record: dict[str, Any], returns: int) -> None:
        if not record["resign_off"]:
            return
        self.never_resign += 1
        player = int(record["would_resign"])
        if player >= 0:
            self.would_resign += 1
            self.wrongly += (returns if player == 0 else -returns) >= 0

    def entropy(self) -> float:
        """Return the mean entropy of the policies, in nats."""
        shares = np.array(self.shares)
        shares = shares[shares > 0]
        return (0.0 - float((shares * np.log(shares)).sum())) / (self.searches or math.nan)

    def calibration_error(self) -> float:
        """Return the mean distance between predicted value and result, over ten bins of value."""
        values, results = np.array(self.values), np.array(self.results)
        known = ~np.isnan(values)
        if not known.any():
            return math.nan
        errors = (values - results)[known]
        cells = np.minimum(_BINS - 1, ((values[known] + 1) / 2 * _BINS).astype(int))
        return float(np.abs(np.bincount(cells, errors)).sum()) / len(errors)

    def summary(self) -> dict[str, float | int]:
        """Return the figures of the phase; NaN where there was nothing to measure."""
        games = self.games or math.nan
        return {
            "games": self.games,
            "game_length": self.plies / games,
            "first_player_score": self.first_player / games,
            "draw_share": self.draws / games,
            "resigned_share": self.resigned / games,
            "resign_wrong_share": self.wrongly / (self.would_resign or math.nan),
            "search_entropy": self.entropy(),
            "value_calibration_error": self.calibration_error(),
        }
