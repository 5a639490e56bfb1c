"""Plays two AEC environments in lock-step and compares all that they show.

>>> from pettingzoo.classic import connect_four_v3 as theirs
>>> from games.pettingzoo_classic import connect_four_v3 as ours
>>> lockstep(ours.env(), theirs.env(), games=100, seed=1)
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

SHOWN = (
    *("agents", "num_agents", "agent_selection", "rewards", "_cumulative_rewards"),
    *("terminations", "truncations", "infos"),
)


class Difference(AssertionError):
    """Two environments showed different things. The message says what, and after which actions."""


def lockstep(ours: Any, theirs: Any, games: int, seed: int, illegal: float = 0.0) -> int:
    """Plays random games in both and returns the number of turns, those of ended agents included.

    After each turn it compares the list of agents, the selected agent, rewards, cumulative rewards,
    terminations, truncations, infos, and for both agents the observation with its mask, with data
    types. In a share `illegal` of the games, each action is illegal with probability 0.1. Raises
    Difference.
    """
    rng = random.Random(seed)
    turns = 0
    for _ in range(games):
        faulty = rng.random() < illegal
        ours.reset(seed=seed)
        theirs.reset(seed=seed)
        played: list[int | None] = []
        while True:
            _compare(ours, theirs, played)
            if not theirs.agents:
                break
            played.append(_choose(theirs, rng, 0.1 if faulty else 0.0))
            ours.step(played[-1])
            theirs.step(played[-1])
        turns += len(played)
    return turns


def _choose(env: Any, rng: random.Random, illegal: float) -> int | None:
    observation, _, terminated, truncated, _ = env.last()
    if terminated or truncated:
        return None
    mask = observation["action_mask"]
    forbidden = np.flatnonzero(mask == 0).tolist()
    if forbidden and rng.random() < illegal:
        return int(rng.choice(forbidden))
    return int(rng.choice(np.flatnonzero(mask).tolist()))


def _compare(ours: Any, theirs: Any, played: list[int | None]) -> None:
    pairs = [(name, getattr(ours, name), getattr(theirs, name)) for name in SHOWN]
    for agent in theirs.possible_agents:
        pairs.append((f"observe({agent!r})", ours.observe(agent), theirs.observe(agent)))
    if theirs.agents:
        pairs.append(("last()", ours.last(), theirs.last()))
    for name, mine, other in pairs:
        if not same(mine, other):
            raise Difference(f"{name} is {mine}, not {other}, after the actions {played}")


def same(mine: Any, other: Any) -> bool:
    """Equal in all parts; arrays also in shape and data type, flags also in type."""
    if isinstance(other, dict):
        return (
            isinstance(mine, dict)
            and mine.keys() == other.keys()
            and all(same(mine[key], other[key]) for key in other)
        )
    if isinstance(other, tuple | list):
        return len(mine) == len(other) and all(map(same, mine, other))
    if isinstance(other, np.ndarray):
        return (
            isinstance(mine, np.ndarray)
            and mine.dtype == other.dtype
            and np.array_equal(mine, other)
        )
    if isinstance(other, bool):
        return isinstance(mine, bool) and mine == other
    return bool(mine == other)
