"""The network that plays: what self-play and ratings ask, refreshed from the learner."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from zero.inference.evaluator import RefreshableEvaluator
from zero.inference.quantization import POSITIONS, Positions
from zero.networks.network import Network

_LIMIT_SECONDS = 1.2
_LIMIT_AGE = 150.0  # seconds, after which it is measured anew: machines change their pace

# Gives so many typical positions, on which a rounded network is scaled; None if there are none yet.
DrawPositions = Callable[[int], Mapping[str, npt.NDArray[np.generic]] | None]


@dataclass(frozen=True)
class Refreshed:
    """What new weights brought: figures for the metrics, and a note if another backend computes."""

    figures: Mapping[str, Any]
    note: str


class NetworkInPlay:
    """An evaluator that is shared by all who play, and how fast its network is alone."""

    def __init__(self, evaluator: RefreshableEvaluator, chosen: str, passes: int) -> None:
        """`chosen`: the backend that the settings name. `passes`: under way at once."""
        self.evaluator = evaluator
        self.passes = passes
        self.limit: float | None = None  # evaluations/s of the network alone, once measured
        self._limit_of = ("", 0.0)  # the backend that it is of, and when it was measured
        self._chosen = self._noted = chosen

    def refresh(self, network: Network, draw: DrawPositions, *, quiet: bool = False) -> Refreshed:
        """Play with these weights from now on. `quiet`: whatever computes them, there is no note.

        A quantised backend is scaled on positions drawn, and used if it agrees with float32.
        """
        sample = draw(POSITIONS) if self.evaluator.rounds else None
        positions = None if sample is None else Positions.of_sample(sample)
        agreement = self.evaluator.refresh(network, positions)
        backend, note = self.evaluator.backend, ""
        if agreement is None:
            return Refreshed({"inference_backend": backend}, note)
        if backend != self._noted and not quiet:
            verb = "is too far from" if self._noted == self._chosen else "agrees again with"
            note = f"{self._chosen} {verb} float32 ({agreement}); {backend} evaluates now"
            self._noted = backend
        figures = {
            "inference_backend": backend,
            "inference_kl": agreement.policy_kl,
            "inference_value_error": agreement.value_error,
            "inference_agreement": agreement.best_move,
        }
        return Refreshed(figures, note)

    def measure_limit(self) -> None:
        """Measure what the network does alone, for the share of it that is reported.

        It is done again when another backend has come into use, and from time to time.
        """
        backend, now = self.evaluator.backend, time.monotonic()
        if self._limit_of[0] == backend and now - self._limit_of[1] < _LIMIT_AGE:
            return
        limit = self.evaluator.raw_limit(_LIMIT_SECONDS, self.passes)
        self.limit, self._limit_of = limit.evaluations_per_s, (backend, now)
