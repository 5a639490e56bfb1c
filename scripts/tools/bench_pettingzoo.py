"""Speed of PettingZoo's classic environments and of ours, one game at a time and in batches.

    scripts/dev bench_pettingzoo [--seconds 1]

Every environment plays uniformly random legal actions through `last()` and `step()`, as
PettingZoo's own benchmark does. All figures include the cost of choosing the action.
"""

from __future__ import annotations

import argparse
import importlib
import random
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import games
from games.envs.batch import BatchEnv, sample
from games.envs.pettingzoo import make

# PettingZoo's module and arguments, and the same game in our encoding.
CLASSIC: list[tuple[str, dict[str, Any], str]] = [
    ("tictactoe_v3", {}, "tic_tac_toe"),
    ("connect_four_v3", {}, "connect_four"),
    ("chess_v6", {}, "chess"),
    ("go_v5", {"board_size": 9}, "go?size=9"),
    ("go_v5", {"board_size": 19}, "go"),
]
BATCH = 256
ROUNDS = 5

Runner = Callable[[float], float]


def turns_per_s(env: Any, seconds: float) -> float:
    """Turns per second of CPU time; one turn is a call of last() and one of step() or reset()."""
    rng = random.Random(1)
    env.reset()
    turns, begin = 0, time.process_time()
    while True:
        for _ in range(20):
            observation, _, terminated, truncated, _ = env.last()
            if terminated or truncated:
                env.reset()
            else:
                legal = np.flatnonzero(observation["action_mask"]).tolist()
                env.step(rng.choice(legal))
        turns += 20
        used = time.process_time() - begin
        if used >= seconds:
            return turns / used


def rows_per_s(game: str, seconds: float) -> float:
    """Plies per second of CPU time of a batch of BATCH games, sampling of the actions included."""
    env, rng = BatchEnv(game, BATCH), np.random.default_rng(1)
    _, info = env.reset()
    steps, begin = 0, time.process_time()
    while True:
        *_, info = env.step(sample(info["action_mask"], rng))
        steps += 1
        used = time.process_time() - begin
        if used >= seconds:
            return steps * BATCH / used


def classic(package: str, module: str, arguments: dict[str, Any]) -> Runner:
    """Makes the environment anew for each measurement: PettingZoo's Go keeps its size globally."""
    env = importlib.import_module(f"{package}.{module}").env
    return lambda seconds: turns_per_s(env(**arguments), seconds)


def own(name: str) -> list[Runner]:
    """The game in our own encoding, one at a time and in a batch."""
    return [lambda seconds: turns_per_s(make(name), seconds), partial(rows_per_s, name)]


def medians(runners: list[Runner], seconds: float) -> list[float]:
    """Runs all in turn, ROUNDS times, so that a change of the machine's speed meets them alike."""
    rounds = [[run(seconds / ROUNDS) for run in runners] for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def line(title: str, figures: list[float], ratio: str = "") -> None:
    """Prints one row of the table, right-aligned."""
    cells = "".join(f"{figure:>14,.0f}" if figure else f"{'':>14}" for figure in figures)
    print(f"{title:<34}{cells}{ratio:>9}", flush=True)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each figure (1)")
    seconds = parser.parse_args().seconds
    warnings.simplefilter("ignore", DeprecationWarning)
    print(f"{'':<34}{'PettingZoo':>14}{'ours, same':>14}{'ours, own':>14}{'batch of':>14}")
    print(
        f"{'one thread':<34}{'turns/s':>14}{'turns/s':>14}{'turns/s':>14}{f'{BATCH}: rows/s':>14}"
        f"{'same/PZ':>9}"
    )
    rest = games.names()
    for module, arguments, name in CLASSIC:
        runners = [
            classic("pettingzoo.classic", module, arguments),
            classic("games.envs.pettingzoo.classic", module, arguments),
            *own(name),
        ]
        figures = medians(runners, seconds)
        line(f"{module} ({name})", figures, f"{figures[1] / figures[0]:.1f}")
        if name in rest:
            rest.remove(name)
    for name in rest:
        line(name, [0, 0, *medians(own(name), seconds)])


if __name__ == "__main__":
    main()
