"""How many cores torch uses in the calling thread.

torch.set_num_threads sets two things: the number of OpenMP (and MKL) threads of the *calling*
thread, and the initial number of threads that have not used torch yet. So every thread sets the
cores it wants around its own work: an actor of self-play one core, the learner all of them. A
forward pass with one core never starts or wakes an OpenMP team, so actors never share one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def available_cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch use `count` cores for what the calling thread does inside."""
    before = torch.get_num_threads()
    if before == count:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
