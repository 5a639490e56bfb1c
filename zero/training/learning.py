"""The learning of a run: the window, how many steps a phase makes, and the steps themselves."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

from games import Game
from selfplay import GameRecord
from selfplay.seeds import mix
from selfplay.window import Window, window_size
from zero.learners.gradients import Sample
from zero.learners.learner import Learner, StepStats
from zero.settings.schema import TrainingSettings


class Experience:
    """The window of the newest positions, as large as KataGo's power law says."""

    def __init__(self, game: Game, settings: TrainingSettings) -> None:
        self._settings = settings
        self.window = Window(game)
        self.total = 0  # positions ever made
        self.ages: deque[tuple[int, int]] = deque()  # (phase, positions), oldest first

    def size(self) -> int:
        """Return how many positions the window holds at most."""
        s = self._settings
        law = window_size(self.total, s.window_start, s.window_exponent, s.window_slope)
        return min(s.window_max, law)

    def add(self, records: Iterable[GameRecord], phase: int) -> int:
        """Take in the games of a phase; return how many positions they brought."""
        new = sum(self.window.add(record) for record in records)
        self.total += new
        self.window.trim(self.size())
        self.ages.append((phase, new))
        held = sum(count for _, count in self.ages)
        while held - self.ages[0][1] >= self.window.positions and len(self.ages) > 1:
            held -= self.ages.popleft()[1]
        return new

    def reload(
        self, newest: Callable[[int], Iterable[GameRecord]], total: int, ages: list[list[int]]
    ) -> None:
        """Fill the window again as it was; `newest(n)` gives the newest games of n positions."""
        self.total = total
        for record in newest(self.size()):
            self.window.add(record)
        self.ages = deque((phase, count) for phase, count in ages)

    def mean_age(self, phase: int) -> float:
        """Return the mean age of the window's positions in phases."""
        held = sum(count for _, count in self.ages)
        if not held:
            return math.nan
        return sum((phase - made) * count for made, count in self.ages) / held


def due_steps(credit: float, held: int, settings: TrainingSettings) -> int:
    """Return the learner steps to make now: `reuse` samples for every new position, none lost.

    `credit` counts the samples that are due; the window holds `held` positions, and nothing is
    learnt while they are too few.
    """
    return int(credit // settings.batch) if held >= settings.window_min else 0


class Lessons:
    """The steps of one phase, and the means of what they saw."""

    def __init__(self, experience: Experience, settings: TrainingSettings, threads: int) -> None:
        self._experience = experience
        self._settings = settings
        self._threads = threads

    def take(
        self, learner: Learner, steps: int, rate_scale: float, seed: int, rollbacks: int
    ) -> dict[str, Any]:
        """Make `steps` learner steps and return their means as metrics.

        The samples depend on the seed, the learner's step and the number of rollbacks: after one,
        other batches are drawn than those that led into it. Raises Diverged.
        """
        with closing(self._samples(learner, steps, mix(seed, rollbacks))) as samples:
            return _means([learner.step(sample, rate_scale) for sample in samples])

    def _samples(self, learner: Learner, steps: int, seed: int) -> Generator[Sample]:
        """Draw the batches of the coming steps; for a GPU, each during the step before."""
        numbers = range(learner.steps, learner.steps + steps)
        if learner.device.type == "cpu":  # a step has the cores to itself
            yield from (self._draw(number, seed) for number in numbers)
            return
        with ThreadPoolExecutor(1, thread_name_prefix="sampler") as sampler:
            drawn: deque[Future[Sample]] = deque()
            for number in numbers:
                drawn.append(sampler.submit(self._draw, number, seed))
                if len(drawn) == 2:
                    yield drawn.popleft().result()
            while drawn:
                yield drawn.popleft().result()

    def _draw(self, step: int, seed: int) -> Sample:
        return self._experience.window.sample(
            self._settings.batch,
            seed=seed,
            step=step,
            threads=self._threads,
            value_mix=self._settings.value_mix,
        )


_MEANS = {
    "loss": "loss",
    "loss_policy": "policy_loss",
    "loss_value": "value_loss",
    "policy_entropy": "policy_entropy",
    "target_entropy": "target_entropy",
    "value_accuracy": "value_accuracy",
    "learner_calibration_error": "value_calibration_error",
    "gradient_norm": "gradient_norm",
}


def _means(seen: list[StepStats]) -> dict[str, Any]:
    """Average the figures of the steps that counted."""
    good = [stats for stats in seen if not stats.skipped]
    means: dict[str, Any] = {"steps_done": len(seen), "steps_skipped": len(seen) - len(good)}
    if good:
        for name, attribute in _MEANS.items():
            means[name] = sum(getattr(stats, attribute) for stats in good) / len(good)
        means["learning_rate"] = good[-1].learning_rate
    return means
