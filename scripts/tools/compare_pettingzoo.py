"""Plays PettingZoo's classic environments and ours in lock-step, and compares all that they show.

    scripts/dev compare_pettingzoo [--games 1000] [--seed 1]

Prints a line for each environment, and stops at the first difference.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What is compared: the name of the module, and arguments of env().
CLASSIC: list[tuple[str, dict[str, Any]]] = [
    ("tictactoe_v3", {}),
    ("connect_four_v3", {}),
    ("chess_v6", {}),
    ("go_v5", {"board_size": 5, "komi": 0.5}),
    ("go_v5", {"board_size": 9}),
    ("go_v5", {"board_size": 19}),
]

SHOWN = (
    *("agents", "num_agents", "agent_selection", "rewards", "_cumulative_rewards"),
    *("terminations", "truncations", "infos"),
)


class Difference(AssertionError):
    """Two environments showed different things. The message says what, and after which actions."""


def lockstep(
    ours: Any,
    theirs: Any,
    games: int,
    seed: int,
    illegal: float = 0.0,
    begin: Callable[[Any, Any, random.Random], None] = lambda ours, theirs, rng: None,
    choose: Callable[[Any, random.Random], int] | None = None,
) -> int:
    """Plays random games in both and returns the number of turns, those of ended agents included.

    After each turn it compares the list of agents, the selected agent, rewards, cumulative rewards,
    terminations, truncations, infos, and for both agents the observation with its mask, with data
    types. In a share `illegal` of the games, each action is illegal with probability 0.1. `begin`
    may change the position after reset(), and `choose` takes the place of the random choice of an
    action, given `theirs`. Raises Difference.
    """
    rng = random.Random(seed)
    turns = 0
    for _ in range(games):
        faulty = rng.random() < illegal
        ours.reset(seed=seed)
        theirs.reset(seed=seed)
        begin(ours, theirs, rng)
        played: list[int | None] = []
        while True:
            mask = _compare(ours, theirs, played)
            if not theirs.agents:
                break
            if any(theirs.terminations.values()):
                played.append(None)
            elif choose:
                played.append(choose(theirs, rng))
            else:
                played.append(_choose(mask, rng, 0.1 if faulty else 0.0))
            ours.step(played[-1])
            theirs.step(played[-1])
        turns += len(played)
    return turns


def _choose(mask: NDArray[np.int8], rng: random.Random, illegal: float) -> int:
    forbidden = np.flatnonzero(mask == 0)
    if len(forbidden) and rng.random() < illegal:
        return int(rng.choice(forbidden.tolist()))
    return int(rng.choice(np.flatnonzero(mask).tolist()))


def _compare(ours: Any, theirs: Any, played: list[int | None]) -> NDArray[np.int8]:
    """Raises Difference, or returns the mask of the selected agent."""
    pairs = [(name, getattr(ours, name), getattr(theirs, name)) for name in SHOWN]
    masks = {}
    for agent in theirs.possible_agents:
        seen = theirs.observe(agent)
        masks[agent] = seen["action_mask"]
        pairs.append((f"observe({agent!r})", ours.observe(agent), seen))
    if theirs.agents:
        pairs.append(("last()", ours.last(observe=False), theirs.last(observe=False)))
    for name, mine, other in pairs:
        if not same(mine, other):
            raise Difference(f"{name} is {mine}, not {other}, after the actions {played}")
    selected: NDArray[np.int8] = masks[theirs.agent_selection]
    return selected


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


def both(name: str, arguments: dict[str, Any]) -> tuple[Any, Any]:
    """Our environment and PettingZoo's."""
    packages = ("games.envs.pettingzoo.classic", "pettingzoo.classic")
    ours, theirs = (importlib.import_module(f"{package}.{name}") for package in packages)
    return ours.env(**arguments), theirs.env(**arguments)


def main() -> None:
    """Prints the table of games and turns without a difference.

    After the games of legal actions, a tenth as many are ended by an illegal one.
    """
    parser = argparse.ArgumentParser(description="Compares our environments with PettingZoo's.")
    parser.add_argument("--games", type=int, default=1000, help="random games of each (1000)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    warnings.simplefilter("ignore", DeprecationWarning)
    logging.disable(logging.WARNING)  # one for each illegal action
    print(f"{'environment':<34}{'games':>8}{'turns':>11}{'differences':>13}")
    for name, arguments in CLASSIC:
        ours, theirs = both(name, arguments)
        turns = lockstep(ours, theirs, given.games, given.seed)
        faulty = -(-given.games // 10)
        turns += lockstep(ours, theirs, faulty, given.seed, illegal=1.0)
        title = name + "".join(f" {key}={value}" for key, value in arguments.items())
        print(f"{title:<34}{given.games + faulty:>8,}{turns:>11,}{0:>13}", flush=True)


if __name__ == "__main__":
    main()
