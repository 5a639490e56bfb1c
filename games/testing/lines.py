"""Random games, as material for the other checks."""

import random

import games
from games.testing.failure import require

Step = tuple[games.State, int | None, games.State | None]


def random_line(game: games.Game, rng: random.Random) -> list[Step]:
    """One game of random actions: each state with the action played and the state after it."""
    line: list[Step] = []
    state = game.initial()
    while not state.is_terminal:
        require(
            len(line) < game.max_plies,
            game,
            f"a game goes on after max_plies = {game.max_plies} plies, at {str(state)!r}",
        )
        legal = state.legal_actions()
        require(
            bool(legal),
            game,
            f"{str(state)!r} is not terminal, but has no legal action (a player who cannot move "
            "must have a pass)",
        )
        action = rng.choice(legal)
        after = state.apply(action)
        line.append((state, action, after))
        state = after
    return [*line, (state, None, None)]
