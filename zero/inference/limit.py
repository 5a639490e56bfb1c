"""The raw inference limit: how fast the same forward pass is alone, with its data ready."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from zero.inference.session import CpuNetwork

_SIZES = (32, 48, 64, 96, 128, 256)


@dataclass(frozen=True)
class InferenceLimit:
    """Evaluations a second of all sessions together, and the number of rows that gave them."""

    evaluations_per_s: float
    rows: int
    sessions: int


def raw_limit(
    network: CpuNetwork, seconds: float, sessions: int, rows: Sequence[int] | None = None
) -> InferenceLimit:
    """Measure forward passes of `sessions` threads, all at once, and return the best size of batch.

    `seconds` is shared out over the sizes of batch tried; each is tried twice, in turn, and its
    better half counts, since other processes can only slow it down.
    """
    best = dict.fromkeys(rows or _SIZES, 0.0)
    for _ in range(2):
        for size in best:
            rate = _rate(network, size, sessions, seconds / (2 * len(best)))
            best[size] = max(best[size], rate)
    size = max(best, key=lambda s: best[s])
    return InferenceLimit(best[size], size, sessions)


def _rate(network: CpuNetwork, rows: int, sessions: int, seconds: float) -> float:
    """Return the evaluations a second of `sessions` threads that do nothing else."""
    ready = threading.Barrier(sessions + 1)
    passes = [0] * sessions
    spent = [0.0] * sessions

    def work(index: int) -> None:
        session = network.session(rows)
        session.forward()
        ready.wait()
        start = time.perf_counter()
        while spent[index] < seconds:
            session.forward()
            passes[index] += 1
            spent[index] = time.perf_counter() - start

    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(sessions)]
    for thread in threads:
        thread.start()
    ready.wait()
    for thread in threads:
        thread.join()
    return sum(n * rows / s for n, s in zip(passes, spent, strict=True))
