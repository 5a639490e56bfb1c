"""The network as an evaluator of search leaves: packed positions in, logits and WDL out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch

from games import Game
from games.errors import UserError
from selfplay import Batch, Evaluator
from zero.inference.backends import DEFAULT_BACKEND, find_backend
from zero.inference.limit import InferenceLimit, raw_limit
from zero.inference.quantization import (
    Agreement,
    Positions,
    answers_of,
    compare,
    largest_inputs,
    positions_of_play,
)
from zero.inference.session import CpuNetwork, InferenceSession
from zero.networks.network import Network, fold
from zero.settings.schema import InferenceSettings


class RefreshableEvaluator(Evaluator, Protocol):
    """An evaluator whose weights can be replaced while it stays in use, from several threads."""

    on_cpu: bool
    rounds: bool  # whether its answers are rounded, so that it has to be scaled on positions

    @property
    def backend(self) -> str:
        """The name of what computes the answers now."""

    def refresh(self, network: Network, positions: Positions | None = None) -> Agreement | None:
        """Take over the weights of `network`, which has the same shape.

        `positions`: on which a quantised backend is scaled and compared with float32; by default
        those that it was made with. Returns how well it agrees, None if nothing is rounded.
        """

    def raw_limit(
        self, seconds: float, sessions: int, rows: Sequence[int] | None = None
    ) -> InferenceLimit:
        """Measure the network alone, its data ready, with `sessions` passes at the same time.

        `rows`: the sizes of batch to try, by default the usual ones of the device.
        """


class NetworkEvaluator:
    """Evaluates on CPU cores: each call has its own single-threaded session.

    Sessions go back to a shelf after the call, so threads may come and go. In batches of the same
    size, the same rows get the same answers bit for bit, whatever the other rows hold and whichever
    thread calls. Rows without legal actions are padding. As long as a quantised backend does not
    agree with float32, torch gives the answers in float32.
    """

    on_cpu = True

    def __init__(
        self,
        network: Network,
        settings: InferenceSettings | None = None,
        positions: Positions | None = None,
    ) -> None:
        """`positions` are needed by a quantised backend. Raises UserError (see find_backend)."""
        self._settings = settings or InferenceSettings(backend=DEFAULT_BACKEND)
        self._backend = find_backend(self._settings.backend, network.settings)
        self.rounds = self._backend.quantised
        self._exact_backend = find_backend(DEFAULT_BACKEND, network.settings)
        self._shelf: dict[tuple[int, int], list[InferenceSession]] = {}
        self._lock = threading.Lock()
        self._networks: dict[str, CpuNetwork] = {}
        self._positions = positions
        self.refresh(network)

    @property
    def network(self) -> CpuNetwork:
        """The weights in use, as the backend in use has them."""
        return self._networks[self._in_use]

    @property
    def backend(self) -> str:
        """The name of the backend in use: the chosen one, or torch where that does not agree."""
        return self._in_use

    def refresh(self, network: Network, positions: Positions | None = None) -> Agreement | None:
        """Take over the weights of `network` (see RefreshableEvaluator).

        Batches in flight finish with the old ones.
        """
        if not self._backend.quantised:
            self._load(self._backend.name, network, None)
            return None
        self._positions = positions or self._positions
        assert self._positions is not None
        calibration, comparison = self._positions.halves()
        folded = fold(network).cpu()
        maxima = largest_inputs(folded, calibration.observations(folded))
        with torch.inference_mode():
            policy, wdl = folded(comparison.observations(folded))
        self._load(self._backend.name, network, maxima)
        rounded = answers_of(self.network, comparison)
        agreement = compare((policy.numpy(), wdl.numpy()), rounded, comparison.legal)
        if not agreement.within(self._settings):
            self._load(self._exact_backend.name, network, None)
        return agreement

    def _load(self, name: str, network: Network, maxima: dict[str, float] | None) -> None:
        """Give the weights to a backend, and use it."""
        if name in self._networks:
            self._networks[name].refresh(network, maxima)
        else:
            self._networks[name] = find_backend(name, network.settings).load(network, maxima)
        self._in_use = name

    def raw_limit(
        self, seconds: float, sessions: int, rows: Sequence[int] | None = None
    ) -> InferenceLimit:
        """Measure the network alone, a session a thread (see RefreshableEvaluator)."""
        return raw_limit(self.network, seconds, sessions, rows)

    def evaluate(self, batch: Batch) -> None:
        """Fill batch.logits [R, L] and batch.wdl [R, 3] in place, for the player to move."""
        counts, network = batch.counts, self.network
        total = counts.shape[0]
        step = network.session_rows(total)
        key = (id(network), step)
        with self._lock:
            idle = self._shelf.setdefault(key, [])
            session = idle.pop() if idle else None
        session = session or network.session(step)
        for start in range(0, total, step):
            rows = slice(start, min(start + step, total))
            if counts[rows].any():
                _evaluate_rows(session, network.shape.actions, batch, rows)
        with self._lock:
            self._shelf[key].append(session)


def _evaluate_rows(session: InferenceSession, num_actions: int, batch: Batch, rows: slice) -> None:
    session.load(batch.planes[rows], batch.scalars[rows])
    policy, wdl = session.forward()
    count = rows.stop - rows.start
    # Rows of padding may name any action: the minimum keeps the index inside.
    actions = np.minimum(batch.actions[rows], num_actions - 1, dtype=np.int64)
    batch.logits[rows] = np.take_along_axis(policy[:count], actions, axis=1)
    logits = wdl[:count]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    batch.wdl[rows] = powers / powers.sum(axis=1, keepdims=True)


def picked_device(device: str) -> str:
    """Return "cpu" or "cuda"; "auto" is the GPU if there is one.

    Raises UserError for "cuda" if there is none.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise UserError("run.device=cuda: torch sees no GPU here; use run.device=cpu")
    return "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"


def make_evaluator(
    network: Network,
    device: str,
    settings: InferenceSettings | None = None,
    game: Game | None = None,
) -> RefreshableEvaluator:
    """Return the evaluator of a device: "cpu", "cuda", or "auto" for the GPU if there is one.

    `settings` say with which backend the CPU computes, by default torch; for a quantised one the
    `game` gives the first positions to scale it on. Raises UserError if "cuda" is asked for and
    there is none, or the backend cannot be used.
    """
    if picked_device(device) == "cuda":
        from zero.inference.cuda.evaluator import CudaEvaluator

        return CudaEvaluator(network)
    settings = settings or InferenceSettings(backend=DEFAULT_BACKEND)
    backend = find_backend(settings.backend, network.settings)
    positions = positions_of_play(game) if game is not None and backend.quantised else None
    return NetworkEvaluator(network, settings, positions)
