"""Tests the contract of a game: `check(game)` plays random games and tests every promise.

    >>> games.testing.check("othello?size=6")
    >>> from games.examples.snort import Snort
    >>> games.testing.check(Snort(size=4))  # a games.Rules

A broken promise raises `ContractError`. Its message says in plain words what is wrong and in which
position.
"""

import random
from typing import Any

import games
from games.testing.batches import check_batch
from games.testing.description import check_description
from games.testing.failure import ContractError
from games.testing.keys import Keys
from games.testing.lines import random_line
from games.testing.python import check_python
from games.testing.states import check_state, check_step
from games.testing.symmetries import Turns

__all__ = ["ContractError", "check"]


def check(game: games.Game | games.Rules[Any] | str, *, plays: int = 20, seed: int = 0) -> None:
    """Tests that the game (or the game of that name) keeps the contract, over `plays` random games.

    The same seed tests the same games. Raises ContractError at the first broken promise; an
    exception that the code of a game in Python raises arrives as it is.
    """
    if isinstance(game, str | games.Rules | type):
        game = games.make(game)
    rng = random.Random(seed)
    check_description(game)
    keys = Keys()
    turns = Turns(game)
    for _ in range(plays):
        line = random_line(game, rng)
        for state, action, after in line:
            check_state(game, state, rng)
            check_python(game, state)
            keys.check(state)
            if action is not None and after is not None:
                check_step(state, action, after)
            turns.check(state, action, after)
    check_batch(game, rng)
