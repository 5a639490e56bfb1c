"""When a checkpoint of a run is rated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from zero.evaluation.strength import Strength


def strength(rated: list[int], every: int = 4, minutes: float | None = None) -> Strength:
    """With these phases rated so far."""
    rows = [SimpleNamespace(phase=phase, rated=True, kept=True) for phase in rated]
    rater: Any = SimpleNamespace(opponents=lambda: ["random", "mcts:200"])
    rating = SimpleNamespace(every=every, share=0.1, games=10, simulations=100)
    settings: Any = SimpleNamespace(rating=rating, run=SimpleNamespace(minutes=minutes))
    game: Any = SimpleNamespace(max_plies=40)
    database: Any = SimpleNamespace(checkpoints=lambda: rows)
    nothing: Any = None
    return Strength("run", game, settings, rater, database, nothing)


def state(phase: int, seconds: float = 0.0) -> Any:
    return SimpleNamespace(phase=phase, rating_seconds=seconds, rating_cost=1.0, elapsed=100.0)


@pytest.mark.parametrize(
    ("phase", "rated", "due"), [(0, [], False), (1, [], True), (4, [1], False), (5, [1], False)]
)
def test_an_untrained_network_is_rated_once(phase: int, rated: list[int], due: bool) -> None:
    assert strength(rated).due(state(phase), untrained=True, speed=1000.0) is due
    assert not strength(rated, every=0).due(state(phase), untrained=True, speed=1000.0)


@pytest.mark.parametrize(
    ("minutes", "speed", "due"),
    [
        (None, 1.0, True),
        (1.0, None, True),
        # 10 games x 2 opponents x 10 moves x 100 simulations at 1,000 a second: 20 s, and 6 s of a
        # minute may go into ratings.
        (1.0, 1000.0, False),
        (4.0, 1000.0, True),
    ],
)
def test_an_untrained_one_is_not_rated_if_that_takes_long(
    minutes: float | None, speed: float | None, due: bool
) -> None:
    assert strength([], minutes=minutes).due(state(1), untrained=True, speed=speed) is due


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
    assert strength(rated).due(state(phase, seconds), untrained=False, speed=1000.0) is due
