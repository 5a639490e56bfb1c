"""The network in play: when a change of backend is worth a note, and when its limit is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from selfplay import Batch
from zero.inference import in_play
from zero.inference.evaluator import RefreshableEvaluator
from zero.inference.in_play import NetworkInPlay
from zero.inference.limit import InferenceLimit
from zero.inference.quantization import Agreement, Positions
from zero.networks.network import Network

NETWORK = cast(Network, None)  # no evaluator here looks at it


class Fake:
    """An evaluator that rounds, and whose backend is set from outside."""

    on_cpu, rounds = True, True

    def __init__(self) -> None:
        self.backend = "int8"
        self.scaled_on: list[Positions | None] = []
        self.measured = 0

    def refresh(self, network: Network, positions: Positions | None = None) -> Agreement | None:
        self.scaled_on.append(positions)
        return Agreement(0.001, 0.002, 0.99) if self.rounds else None

    def raw_limit(
        self, seconds: float, sessions: int, rows: Sequence[int] | None = None
    ) -> InferenceLimit:
        self.measured += 1
        return InferenceLimit(1000.0 * self.measured, 64, sessions)

    def evaluate(self, batch: Batch) -> None:
        raise AssertionError("nobody plays")


def in_play_with(evaluator: Fake) -> NetworkInPlay:
    return NetworkInPlay(cast(RefreshableEvaluator, evaluator), "int8", passes=2)


def sample(count: int) -> dict[str, np.ndarray]:
    return {
        "planes": np.zeros((count, 2, 1), np.uint64),
        "scalars": np.zeros((count, 0), np.float32),
        "legal": np.ones((count, 7), bool),
    }


def test_a_change_of_backend_is_noted_once_and_its_return_too() -> None:
    evaluator = Fake()
    network = in_play_with(evaluator)
    evaluator.backend = "torch"
    assert network.refresh(NETWORK, sample, quiet=True).note == "", "nothing has been played yet"
    notes = [network.refresh(NETWORK, sample).note for _ in range(2)]
    evaluator.backend = "int8"
    notes += [network.refresh(NETWORK, sample).note for _ in range(2)]
    assert notes[0].startswith("int8 is too far from float32") and "torch evaluates" in notes[0]
    assert notes[2].startswith("int8 agrees again with float32") and "int8 evaluates" in notes[2]
    assert (notes[1], notes[3]) == ("", "")


def test_positions_are_drawn_only_for_a_backend_that_rounds() -> None:
    evaluator = Fake()
    network = in_play_with(evaluator)
    assert network.refresh(NETWORK, sample).figures["inference_kl"] == 0.001
    network.refresh(NETWORK, lambda count: None)  # the learner holds none yet
    evaluator.rounds = False
    assert network.refresh(NETWORK, sample).figures == {"inference_backend": "int8"}
    first, *others = evaluator.scaled_on
    assert first is not None and len(first.planes) == in_play.POSITIONS
    assert others == [None, None]


def test_the_limit_is_measured_anew_for_another_backend_and_from_time_to_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(in_play.time, "monotonic", lambda: now[0])
    evaluator = Fake()
    network = in_play_with(evaluator)
    assert network.limit is None
    for seconds, backend, limit in [(0, "int8", 1000), (149, "int8", 1000), (10, "torch", 2000)]:
        now[0], evaluator.backend = now[0] + seconds, backend
        network.measure_limit()
        assert network.limit == limit
    now[0] += 150
    network.measure_limit()
    assert network.limit == 3000
