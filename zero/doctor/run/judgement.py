"""What the newest network by itself says about positions that the search has searched."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arena.players.search import SearchPlayer
from selfplay import SearchSettings
from zero.doctor.run.sample import SampledPosition
from zero.inference.evaluator import NetworkEvaluator
from zero.networks.network import Network
from zero.settings.schema import Settings


@dataclass(frozen=True)
class Judgement:
    """The network compared with the search and the results. Divergences are in nats."""

    values: list[float]  # of the player to move, one a position
    results: list[int]  # of the game, for that player
    agreement: float  # share of positions in which its best move is the search's
    chance: float  # that share for a random move
    divergence: float  # KL of its policy from the search's
    uniform_divergence: float  # that of a uniform policy

    @property
    def learnt(self) -> float:
        """Return how far the policy has come from a uniform one (0) to the search's (1)."""
        if self.uniform_divergence < 1e-3:  # the search itself prefers nothing
            return math.nan
        return 1.0 - self.divergence / self.uniform_divergence


def judge(network: Network, settings: Settings, positions: Sequence[SampledPosition]) -> Judgement:
    """Ask the network about the positions, on the processor."""
    search = SearchSettings.of(settings.search, simulations=0)
    player = SearchPlayer("", NetworkEvaluator(network), search, rows=256)
    found = player.search([p.state for p in positions], range(len(positions)))
    values, rows = [], []
    for position, result in zip(positions, found, strict=True):
        values.append(result.raw_value)
        if len(position.policy) > 1:
            rows.append(_compare(np.array(position.policy), np.array(result.priors)))
    means = np.mean(rows, axis=0).tolist() if rows else [math.nan] * 4
    return Judgement(values, [p.result for p in positions], *means)


def _compare(target: np.ndarray, prior: np.ndarray) -> tuple[float, float, float, float]:
    """Return agreement, chance, and the divergences of the prior and of a uniform policy."""
    best = target >= target.max() - 1e-6  # equal visits: any of them will do
    logarithms = np.log(np.maximum(target, 1e-12))
    divergence = float((target * (logarithms - np.log(np.maximum(prior, 1e-12)))).sum())
    uniform = float((target * (logarithms + math.log(len(target)))).sum())
    return float(best[prior.argmax()]), float(best.mean()), divergence, uniform


def correlation(values: Sequence[float], results: Sequence[int]) -> float:
    """Return Pearson's correlation; NaN where either never varies."""
    x, y = np.asarray(values, float), np.asarray(results, float)
    if len(x) < 2 or x.std() < 1e-6 or y.std() < 1e-6:
        return math.nan
    return float(np.corrcoef(x, y)[0, 1])
