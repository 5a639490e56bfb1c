"""What each process of bench_peers is: warm up, say so, then play for as long as it is told to.

Needs the standard library alone, because every peer imports it in an environment of its own. The
process has its options as JSON in its argument. It prints one line when it is ready, with the
versions of what is installed; then, for each line with a number of seconds that it reads, it plays
about that long and prints one line with what it did. It ends with its input.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any

BLOCKS, CHANNELS = 5, 64  # the tower that all play with
POLICY_CHANNELS, VALUE_CHANNELS, VALUE_HIDDEN = 32, 32, 128  # zero's heads
NOISE_TOTAL, NOISE_FRACTION = 10.83, 0.25  # of the Dirichlet noise at the root

# Simulations and evaluations of a stretch; None where a peer does not say how many it made.
Counts = tuple[int, int | None]
Play = Callable[[float], Counts]


def repeat(move: Callable[[], Counts]) -> Play:
    """Return what repeats a move until the time is over."""

    def play(seconds: float) -> Counts:
        simulations, evaluations, end = 0, 0, time.perf_counter() + seconds
        counted = True
        while time.perf_counter() < end:
            more, evaluated = move()
            simulations += more
            counted = counted and evaluated is not None
            evaluations += evaluated or 0
        return simulations, evaluations if counted else None

    return play


def serve(prepare: Callable[[dict[str, Any]], Play]) -> None:
    """Prepare with the options, warm up, and play stretches until the input ends."""
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    options = json.loads(sys.argv[1])
    play = prepare(options)
    play(1.0)
    installed = {package.name: package.version for package in metadata.distributions()}
    print(json.dumps({"packages": installed}), file=answers)
    for line in sys.stdin:
        start, processor = time.perf_counter(), time.process_time()
        simulations, evaluations = play(float(line))
        seconds = time.perf_counter() - start
        report = {
            "simulations_per_s": simulations / seconds,
            "evaluations_per_s": None if evaluations is None else evaluations / seconds,
            "cores_used": (time.process_time() - processor) / seconds,
        }
        print(json.dumps(report), file=answers)
