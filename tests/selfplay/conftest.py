import random
from collections.abc import Callable
from typing import Any

import pytest

import games
from selfplay import GameRecord

MakeRecord = Callable[..., GameRecord]


def random_record(game: games.Game, id: int, full_share: float = 1.0, **changes: Any) -> GameRecord:
    """A whole game of random moves with random policies and values; the id is its seed."""
    draw = random.Random(id)
    state = game.initial()
    actions, values, policies = [], [], []
    while not state.is_terminal:
        legal = state.legal_actions()
        weights = [draw.random() for _ in legal]
        full = draw.random() < full_share
        policies.append([w / sum(weights) for w in weights] if full else None)
        values.append(draw.randint(-64, 64) / 64)  # exact in float32
        actions.append(draw.choice(legal))
        state = state.apply(actions[-1])
    fields: dict[str, Any] = {
        "id": id,
        "actions": actions,
        "values": values,
        "policies": policies,
        "returns": state.returns()[0],
    }
    return GameRecord(game, **(fields | changes))


@pytest.fixture
def make_record() -> MakeRecord:
    return random_record
