"""The settings that depend on the machine: decided once, then kept with the run's settings.

The sums of a learner step depend on the number of threads, and the games of a phase on how they are
grouped. So a run that continues on another machine keeps them.
"""

from __future__ import annotations

from games.errors import UserError
from zero.devices.cores import available_cores
from zero.inference.cuda.evaluator import TIERS
from zero.learners.common.optimizer import resolved_precision
from zero.settings.schema import SelfplaySettings, Settings

MOST_ON_GPU = 8  # batches at once: each graph has its own stream, and there are 32 streams
GPU_GROUPS = 3  # one batch on the GPU, one being filled, one being backed up
# If a GPU both plays and learns, this many cores are for the learner, but never more than a quarter
# of all. A group's round ends when its last thread is done, so it must not wait for a thread that
# shares its core.
_CORES_TO_LEARN = 2
_WORTH_A_TEAM = 500_000_000  # multiplications of the tower in a forward pass: about 20 ms
# The share of a group's slots that are in its batch. The leaves of the other slots equal one of
# these, or wait for the next batch. So the next batch is always full.
_SHARE_IN_BATCH = 0.8
_LEAST_SHARE_IN_BATCH = 0.66  # on a GPU, if that fills its graphs
_ROWS_STEP = 32  # sizes of batch that every backend likes


def on_this_machine(settings: Settings, device: str) -> Settings:
    """Replace the settings left to the machine ("auto", 0, nothing), for "cpu" or "cuda".

    Raises UserError for more games at once than a GPU has streams for.
    """
    threads = settings.run.threads or available_cores()
    precision = resolved_precision(settings.training, device)
    overlap = device != "cpu" if settings.run.overlap is None else settings.run.overlap
    overlap = overlap and settings.run.store is None  # games of a store need no time
    groups = threads if device == "cpu" else GPU_GROUPS
    return settings.model_copy(
        update={
            "run": settings.run.model_copy(update={"threads": threads, "overlap": overlap}),
            "selfplay": _grouped(settings.selfplay, groups, device),
            "training": settings.training.model_copy(update={"precision": precision}),
        }
    )


def actor_count(threads: int, groups: int, on_cpu: bool) -> int:
    """Return the number of actors: one a core, or one that keeps a GPU busy."""
    return min(threads, groups) if on_cpu else 1


def threads_of_group(settings: Settings, device: str) -> int:
    """Return how many threads advance a group together."""
    threads = settings.run.threads
    count = actor_count(threads, settings.selfplay.groups, device == "cpu")
    return max(1, (threads - _cores_to_learn(settings, device)) // count)


def sampler_threads(settings: Settings, device: str) -> int:
    """Return how many threads draw a learner's batch: all that do not play at the same time."""
    return _cores_to_learn(settings, device) or settings.run.threads


def _cores_to_learn(settings: Settings, device: str) -> int:
    """Return how many cores the learner has while the others play; 0 if nothing plays then."""
    run = settings.run
    if device == "cpu" or not run.overlap:
        return 0
    return min(_CORES_TO_LEARN, run.threads // 4)


def passes_at_once(threads: int, groups: int, on_cpu: bool) -> int:
    """Return how many forward passes of self-play run at the same time."""
    return actor_count(threads, groups, on_cpu) if on_cpu else groups


def _grouped(playing: SelfplaySettings, most: int, device: str) -> SelfplaySettings:
    """Settle groups, slots and batch; the slots are rounded up, so that groups are alike."""
    groups = playing.groups or min(most, playing.slots)
    in_group = -(-playing.slots // groups)
    batch = playing.batch or batch_rows(in_group, playing.cache_mib > 0, device == "cpu")
    batch = min(batch, in_group)
    if device != "cpu":
        _check_batches(groups, batch)
    update = {"groups": groups, "slots": in_group * groups, "batch": batch}
    return playing.model_copy(update=update)


def _check_batches(groups: int, batch: int) -> None:
    """Raise UserError if more batches would be on the GPU at once than it has streams for."""
    at_once = groups * -(-batch // TIERS[-1])
    if at_once > MOST_ON_GPU:
        raise UserError(
            f"{groups} groups with batches of {batch} rows would have {at_once} of up to "
            f"{TIERS[-1]} rows on the GPU at once, and {MOST_ON_GPU} is the most: lower "
            "selfplay.slots, selfplay.batch or selfplay.groups"
        )


def batch_rows(slots: int, sharing: bool, on_cpu: bool) -> int:
    """Return the number of rows in the batch of a group with this many slots.

    If equal leaves share a row, fewer than its slots, so that they are always full. On a GPU, as
    many as fill its graphs, if these are not far fewer: a batch takes as long as a larger one that
    has a graph.
    """
    if not on_cpu:
        sizes = (*TIERS, slots // TIERS[-1] * TIERS[-1])
        full = max((size for size in sizes if size <= slots), default=0)
        if full >= _LEAST_SHARE_IN_BATCH * slots:
            return full
    rows = int(_SHARE_IN_BATCH * slots) // _ROWS_STEP * _ROWS_STEP
    return rows if sharing and rows else slots


def learner_threads(settings: Settings, squares: int, device: str) -> int:
    """Return the threads of a learner step: one where a team would cost more than it saves.

    It depends on the settings alone, never on the machine's mood: the sums of a step depend on it.
    """
    if device != "cpu":
        return 1
    shape, training = settings.network, settings.training
    multiplications = training.batch * squares * shape.blocks * 18 * shape.channels**2
    return settings.run.threads if multiplications > _WORTH_A_TEAM else 1
