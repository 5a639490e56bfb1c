"""Runs a self-play pool with actors: threads, one for each evaluator, with their own groups.

An actor advances a group (natively, without the GIL), has its batch evaluated, and continues with
its next group. No actor ever waits for another. If the evaluator works elsewhere, on a GPU, an
actor sends off the batches of all its groups at once, and advances the group whose answers have
come. Each actor's groups are fixed, and the games of a group do not depend on the others. So the
same pool plays the same games, however the threads are timed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from selfplay.evaluator import Answers, AsyncEvaluator, Evaluator, RolloutEvaluator
from zero_core.selfplay import Pool

_ROLLOUT_BATCHES = 200  # of a group at a time, so that a stop comes soon


@dataclass(frozen=True)
class SelfPlayReport:
    """What a stretch of self-play did, and how fast."""

    seconds: float
    simulations: int
    evaluations: int
    merged: int  # leaves that shared the row of an equal one
    cache_hits: int  # leaves that had been answered before
    terminal_leaves: int
    plies: int
    games: int
    evaluating_share: float  # of the actors' time, spent in evaluators; 0 for native rollouts

    @property
    def simulations_per_s(self) -> float:
        """Simulations in a second of wall clock, all actors together."""
        return self.simulations / self.seconds

    @property
    def evaluations_per_s(self) -> float:
        """Evaluations (rows that were not padding) in a second of wall clock."""
        return self.evaluations / self.seconds

    @property
    def hit_rate(self) -> float:
        """Share of the leaves with an evaluator's answer that needed no row of their own."""
        spared = self.merged + self.cache_hits
        return spared / max(1, spared + self.evaluations)

    @property
    def games_per_s(self) -> float:
        """Finished games in a second of wall clock."""
        return self.games / self.seconds


class Actors:
    """The threads that play a pool's games."""

    def __init__(self, pool: Pool, evaluators: Sequence[Evaluator]) -> None:
        """Actor a of A uses `evaluators[a]` and plays the groups a, a + A, a + 2A, ... of the pool.

        Raises ValueError if there are more evaluators than groups.
        """
        if not 1 <= len(evaluators) <= pool.groups:
            raise ValueError(f"{len(evaluators)} evaluators for {pool.groups} groups of games")
        self._pool = pool
        self._evaluators = evaluators
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._evaluating = 0.0
        self._lock = threading.Lock()

    def play(
        self, batches: int | None = None, tick: Callable[[], None] | None = None
    ) -> SelfPlayReport:
        """Plays until each group has had `batches` batches evaluated, or all games are over.

        `tick` is called from the calling thread a few times a second. If it raises (or Ctrl-C
        does), or an evaluator fails, all actors stop, the current searches are dropped, and the
        exception reaches the caller.
        """
        before = self._pool.counters()
        start = time.perf_counter()
        self._stop.clear()
        self._error, self._evaluating = None, 0.0
        threads = [
            threading.Thread(target=self._act, args=(a, batches), name=f"actor-{a}", daemon=True)
            for a in range(len(self._evaluators))
        ]
        try:
            self._run(threads, tick)
            if self._error is not None:
                raise self._error
        except BaseException:
            self._pool.end_phase()  # a batch without answers must not count as answered
            raise
        seconds = max(time.perf_counter() - start, 1e-9)
        after = self._pool.counters()
        return SelfPlayReport(
            seconds=seconds,
            evaluating_share=self._evaluating / seconds / len(threads),
            **{key: after[key] - before[key] for key in after},
        )

    def _run(self, threads: Sequence[threading.Thread], tick: Callable[[], None] | None) -> None:
        started: list[threading.Thread] = []
        try:
            for thread in threads:
                thread.start()
                started.append(thread)
            for thread in started:
                while thread.is_alive():
                    thread.join(timeout=0.2)
                    if tick is not None:
                        tick()
        finally:
            self._stop.set()
            for thread in started:
                thread.join()

    def _act(self, actor: int, batches: int | None) -> None:
        evaluator = self._evaluators[actor]
        groups = list(range(actor, self._pool.groups, len(self._evaluators)))
        try:
            if type(evaluator) is RolloutEvaluator:
                self._play_rollouts(evaluator, groups, batches)
            elif isinstance(evaluator, AsyncEvaluator):
                self._play_at_once(evaluator, groups, batches)
            else:
                self._play_in_turn(evaluator, groups, batches)
        except BaseException as error:  # handed to the thread that called play()
            self._error = error
            self._stop.set()

    def _goes_on(self, groups: Collection[int], done: int, batches: int | None) -> bool:
        return bool(groups) and not self._stop.is_set() and (batches is None or done < batches)

    def _play_rollouts(
        self, evaluator: RolloutEvaluator, groups: list[int], batches: int | None
    ) -> None:
        done = 0
        while self._goes_on(groups, done, batches):
            step = _ROLLOUT_BATCHES if batches is None else min(_ROLLOUT_BATCHES, batches - done)
            groups = [g for g in groups if self._pool.play_rollouts(g, step, evaluator.seed)]
            done += step

    def _play_in_turn(self, evaluator: Evaluator, groups: list[int], batches: int | None) -> None:
        """Evaluates the groups one after the other, until their games are over."""
        done = 0
        while self._goes_on(groups, done, batches):
            going = []
            for group in groups:
                if self._pool.advance(group):
                    with self._timed():
                        evaluator.evaluate(self._pool.batch(group))
                    going.append(group)
            groups, done = going, done + 1

    def _play_at_once(
        self, evaluator: AsyncEvaluator, groups: list[int], batches: int | None
    ) -> None:
        """Has all groups evaluated at once; advances each group when its answers come."""
        done = dict.fromkeys(groups, 0)
        pending: dict[int, Answers] = {}  # in the order of their submission
        ready: Collection[int] = groups
        try:
            while ready and not self._stop.is_set():
                for group in ready:
                    if group in pending:
                        with self._timed():
                            pending.pop(group).wait()
                    if done[group] != batches and self._pool.advance(group):
                        with self._timed():
                            pending[group] = evaluator.submit(self._pool.batch(group))
                        done[group] += 1
                answered = [group for group, answers in pending.items() if answers.done()]
                ready = answered or list(pending)[:1]
        finally:
            for answers in pending.values():  # only after a failure or a stop
                with suppress(Exception):
                    answers.wait()

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Count the time of the block as spent in evaluators."""
        start = time.perf_counter()
        yield
        with self._lock:
            self._evaluating += time.perf_counter() - start
