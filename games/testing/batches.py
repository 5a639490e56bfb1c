"""The promises of batched calls: they give the same answers as single calls."""

import random

import numpy as np

import games
from games.testing.failure import refuses, require


def check_batch(game: games.Game, rng: random.Random, size: int = 5) -> None:
    """Batched calls answer as single ones do, through whole games, resets included."""
    batch = games.StateBatch(game, size)
    states = [game.initial() for _ in range(size)]
    for _ in range(2 * game.max_plies):
        _compare_batch(game, batch, states)
        over = np.array([state.is_terminal for state in states])
        if over.all():
            break
        actions = [
            -1 if state.is_terminal else rng.choice(state.legal_actions()) for state in states
        ]
        _check_batch_refusal(game, batch, states, actions, rng)
        batch.apply(np.array(actions))
        states = [
            state if action == -1 else state.apply(action)
            for state, action in zip(states, actions, strict=True)
        ]
        if rng.random() < 0.1:
            chosen = [rng.random() < 0.3 for _ in states]
            batch.reset(np.array(chosen))
            states = [game.initial() if c else s for c, s in zip(chosen, states, strict=True)]
    _compare_batch(game, games.StateBatch.from_states(states), states)
    batch.reset()
    _compare_batch(game, batch, [game.initial()] * size)


def _check_batch_refusal(
    game: games.Game,
    batch: games.StateBatch,
    states: list[games.State],
    actions: list[int],
    rng: random.Random,
) -> None:
    """One illegal action in one row is refused, and then no row has changed."""
    row = rng.randrange(len(states))
    legal = set(states[row].legal_actions())
    wrong = next(action for action in range(game.num_actions + 1) if action not in legal)
    spoilt = np.array([wrong if i == row else action for i, action in enumerate(actions)])
    require(
        refuses(batch.apply, spoilt),
        game,
        f"StateBatch.apply takes action {wrong}, which is not legal at {str(states[row])!r}",
    )
    require(batch.states() == states, game, "StateBatch.apply changed rows although it refused one")


def _compare_batch(game: games.Game, batch: games.StateBatch, states: list[games.State]) -> None:
    """Every answer of the batch beside those of the states that it should hold."""
    returns = [state.returns() if state.is_terminal else (0, 0) for state in states]
    for name, many, single in (
        ("states", batch.states() == states, True),
        ("to_play", batch.to_play().tolist(), [state.to_play for state in states]),
        ("is_terminal", batch.is_terminal().tolist(), [state.is_terminal for state in states]),
        ("returns", batch.returns().tolist(), [list(pair) for pair in returns]),
        (
            "legal_mask",
            batch.legal_mask().tobytes(),
            np.stack([state.legal_mask() for state in states]).tobytes(),
        ),
        (
            "observe",
            batch.observe().tobytes(),
            np.stack([state.observation() for state in states]).tobytes(),
        ),
    ):
        require(
            many == single, game, f"StateBatch.{name}() differs from what the single states say"
        )
