"""What the games of a phase say: length, who wins, how sure and how right the search was."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_BINS = 10


@dataclass
class GameStatistics:
    """Sums over finished games; `add` takes decoded game records."""

    games: int = 0
    plies: int = 0
    first_player: float = 0.0  # points of player 0: 1, 1/2 or 0 a game
    draws: int = 0
    resigned: int = 0
    never_resign: int = 0  # games in which resignation was off
    would_resign: int = 0  # of these, games in which a player would have resigned
    wrongly: int = 0  # of these, games that this player did not lose
    entropy: float = 0.0
    searches: int = 0
    bins: list[list[float]] = field(default_factory=lambda: [[0.0, 0.0, 0.0] for _ in range(_BINS)])

    def add(self, record: dict[str, Any]) -> None:
        """Count one game."""
        returns = int(record["returns"])
        self.games += 1
        self.plies += len(record["actions"])
        self.first_player += (returns + 1) / 2
        self.draws += returns == 0
        self.resigned += bool(record["resigned"])
        self._add_resignation(record, returns)
        for policy in record["policies"]:
            if policy is not None and len(policy):
                self.entropy -= sum(float(p) * math.log(p) for p in policy if p > 0)
                self.searches += 1
        self._add_values(record["values"], returns)

    def _add_resignation(self, record: dict[str, Any], returns: int) -> None:
        if not record["resign_off"]:
            return
        self.never_resign += 1
        player = int(record["would_resign"])
        if player >= 0:
            self.would_resign += 1
            self.wrongly += (returns if player == 0 else -returns) >= 0

    def _add_values(self, values: Iterable[float], returns: int) -> None:
        for ply, value in enumerate(values):
            if math.isnan(value):
                continue
            cell = self.bins[min(_BINS - 1, int((value + 1) / 2 * _BINS))]
            cell[0] += 1
            cell[1] += value
            cell[2] += returns if ply % 2 == 0 else -returns

    def calibration_error(self) -> float:
        """Return the mean distance between predicted value and result, over ten bins of value."""
        count = sum(cell[0] for cell in self.bins)
        if not count:
            return math.nan
        return sum(abs(cell[1] - cell[2]) for cell in self.bins) / count

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
            "search_entropy": self.entropy / (self.searches or math.nan),
            "value_calibration_error": self.calibration_error(),
        }
