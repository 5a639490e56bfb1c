"""When a checkpoint of a run is rated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from zero.run.strength import Strength


def strength(rated: list[int], every: int = 4) -> Strength:
    """With these phases rated so far."""
    rows = [SimpleNamespace(phase=phase, rated=True, kept=True) for phase in rated]
    rater: Any = SimpleNamespace(opponents=list)
    settings: Any = SimpleNamespace(rating=SimpleNamespace(every=every, share=0.1))
    database: Any = SimpleNamespace(checkpoints=lambda: rows)
    nothing: Any = None
    return Strength("run", nothing, settings, rater, database, nothing)


def state(phase: int, seconds: float = 0.0) -> Any:
    return SimpleNamespace(phase=phase, rating_seconds=seconds, rating_cost=1.0, elapsed=100.0)


@pytest.mark.parametrize(
    ("phase", "rated", "due"), [(0, [], False), (1, [], True), (4, [1], False), (5, [1], False)]
)
def test_an_untrained_network_is_rated_once(phase: int, rated: list[int], due: bool) -> None:
    assert strength(rated).due(state(phase), untrained=True) is due
    assert not strength(rated, every=0).due(state(phase), untrained=True)


@pytest.mark.parametrize(
    ("phase", "rated", "seconds", "due"),
    [
        (3, [1], 0.0, False),
        (4, [1], 0.0, True),
        (4, [4], 0.0, False),  # resumed after its rating
        (4, [1], 9.5, False),  # more than the share of the time
        (8, [1, 4], 9.0, True),
    ],
)
def test_a_trained_one_is_rated_in_its_turn_within_its_share_of_the_time(
    phase: int, rated: list[int], seconds: float, due: bool
) -> None:
    assert strength(rated).due(state(phase, seconds), untrained=False) is due
