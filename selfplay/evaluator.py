"""The Evaluator interface, and the evaluators that need no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from games import State
from zero_core.selfplay import Batch, rollout_evaluate, uniform_evaluate


class Evaluator(Protocol):
    """Evaluates a batch of positions."""

    def evaluate(self, batch: Batch) -> None:
        """Answers the batch in place.

        Fills `batch.logits` [B, L] with one logit a legal action, in the order of `batch.actions`,
        and `batch.wdl` [B, 3] with the probabilities that the player to move wins, draws and
        loses. Rows with `batch.counts == 0` are padding and may hold anything. An evaluator that
        serves several actors is called from their threads at the same time.

        A pool with `cache_mib` above 0 uses the answer for all positions with the same
        observation and legal actions, until its `end_phase` or `clear_cache`.
        """


class Answers(Protocol):
    """The answers to a batch that is being evaluated."""

    def done(self) -> bool:
        """Tells whether `wait` would return at once."""

    def wait(self) -> None:
        """Waits, and fills the batch as `Evaluator.evaluate` does; to be called once."""


@runtime_checkable
class AsyncEvaluator(Evaluator, Protocol):
    """An evaluator that works elsewhere, on a GPU: one thread can have many batches in flight."""

    def submit(self, batch: Batch) -> Answers:
        """Sends the batch off; it must not change until its answers have been taken."""


class UniformEvaluator:
    """Equal logits, and every position a draw: shows what the search finds by itself."""

    def evaluate(self, batch: Batch) -> None:
        uniform_evaluate(batch)


class RolloutEvaluator:
    """Equal logits; the value is the result of one uniformly random game.

    With the rule "uct" this is classical Monte-Carlo tree search. Its answers depend on `seed` and
    on the number of calls so far. In self-play, `Actors` leaves the rollouts to the pool, which
    plays them natively, separately for each game.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed % 2**64
        self._calls = 0

    def evaluate(self, batch: Batch) -> None:
        rollout_evaluate(batch, (self.seed * 0x9E3779B97F4A7C15 + self._calls) % 2**64)
        self._calls += 1


class PositionEvaluator:
    """An evaluator from a Python function of one position. Slow: for tests and experiments."""

    def __init__(self, answer: Callable[[State], tuple[Sequence[float], Sequence[float]]]) -> None:
        """`answer(state)` gives a logit for each legal action, and (win, draw, loss)."""
        self._answer = answer

    def evaluate(self, batch: Batch) -> None:
        for row, state in enumerate(batch.states()):
            if state is not None:
                logits, wdl = self._answer(state)
                batch.logits[row, : batch.counts[row]] = logits
                batch.wdl[row] = wdl
