"""The training run: phases of self-play and learning, checkpoints, ratings, until it is over.

One phase is a fixed amount of self-play, then a fixed number of learner steps. What happened is
what was committed, in this order: the games, the line of metrics, the checkpoint. A killed run goes
on from its last checkpoint and, on a CPU, makes the same games and weights again.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from games.errors import UserError
from selfplay import GameRecord, SelfPlayReport, record_statistics
from zero.display.panel import Display
from zero.display.report import newest_lines, newest_ratings
from zero.learners.learner import Diverged
from zero.run.checkpoint import Checkpoint
from zero.run.checkpoints import POOL
from zero.run.directory import RunDirectory
from zero.run.metrics import Line, Metrics, cut_back, read_metrics
from zero.run.plan import initial_plan, is_over, review
from zero.run.state import RunState
from zero.settings.schema import Settings
from zero.training.learning import due_steps
from zero.training.parts import Parts
from zero.training.stop import Stop

MAX_ROLLBACKS = 3  # in a row, before the run gives up


class Training:
    """One process's share of a run: opened, gone through, closed. It holds the run's lock."""

    def __init__(
        self,
        run: RunDirectory,
        settings: Settings,
        display: Display,
        stop: Stop,
        resume: bool = False,
    ) -> None:
        """Open the run, from its last checkpoint if `resume`. Raises UserError."""
        self._stop = stop
        self._resumed = resume
        self._display = display
        self._state = RunState(plan=initial_plan(settings))
        self._parts = Parts(run, settings, resume)
        self._run, self._settings = run, self._parts.settings
        self._state.limits = self._limits()
        self._opened = time.monotonic()
        self._elapsed_before = 0.0
        self._evaluates = self._settings.inference.backend  # as far as has been said
        self._failures = 0  # rollbacks since the last good phase
        self._over = False
        try:
            self._begin()
        except BaseException:
            self._parts.close()
            raise

    def close(self) -> None:
        """Close the databases and let go of the run."""
        if hasattr(self, "_metrics"):
            self._metrics.close()
        self._parts.close()

    def _begin(self) -> None:
        """Go back to the newest checkpoint, or make the first one."""
        parts, state = self._parts, self._state
        found = parts.checkpoints.newest()
        if found is not None:
            row, checkpoint = found
            self._state = state = RunState.from_counters(row.counters)
            self._elapsed_before = state.elapsed
            self._check_limits()
            self._check_files(checkpoint)
            parts.learner.restore(checkpoint.tensors, checkpoint.info.counters)
            parts.restore_pool(checkpoint.blobs[POOL])
            parts.arena.drop_after(row.phase)
            if not row.rated:
                parts.arena.drop_after(row.phase - 1)
        self._run.write_settings(self._settings)
        self._reload_window()
        cut_back(self._run.metrics_file, self._is_past)
        if found is None:
            parts.checkpoints.commit(parts.learner, state, parts.snapshot())
        parts.refresh()
        folder = self._run.tensorboard if self._settings.run.tensorboard else None
        self._metrics = Metrics(self._run.metrics_file, folder, state.phase)
        self._prepare_display()

    def _check_limits(self) -> None:
        """Refuse a run that has reached its limits; new ones put its learning rate up again."""
        state, limits = self._state, self._limits()
        if state.limits != limits:
            state.plan, state.limits = initial_plan(self._settings), limits
        elif self._finished() and self._parts.database.about().get("state") == "finished":
            raise UserError(
                f"run {self._run.name!r} has finished (phase {state.phase}, "
                f"{state.elapsed / 60:.1f} minutes): "
                "give a larger --phases or --minutes to go on"
            )

    def _check_files(self, checkpoint: Checkpoint) -> None:
        """Refuse files that do not belong together."""
        if not self._resumed or checkpoint.info.network != self._settings.network:
            raise UserError(
                f"{self._run.settings_file} is not the one that the run was made with; "
                "put it back, or start a run under another name"
            )
        stored = self._parts.games.count()
        if stored < self._state.games:
            raise UserError(
                f"{self._run.games_file} holds {stored} games, but the checkpoint of phase "
                f"{self._state.phase} was made with {self._state.games}; restore it from a copy"
            )

    def _limits(self) -> list[float | None]:
        return [self._settings.run.minutes, self._settings.run.phases]

    def _is_past(self, line: Line) -> bool:
        """Tell whether a line of metrics belongs to what the checkpoint has seen."""
        if line.get("kind") == "rating":
            return bool(line["phase"] in self._parts.rated_phases())
        return bool(line["phase"] <= self._state.phase)

    def _reload_window(self) -> None:
        """Fill the window from the store, as it was at the end of the checkpoint's phase."""
        state, parts = self._state, self._parts
        if self._settings.run.store is not None:
            parts.load_whole_store()
            return
        parts.experience.reload(
            lambda positions: parts.games.newest(parts.game, positions, state.phase),
            state.positions,
            state.ages,
        )

    def _prepare_display(self) -> None:
        progress = self._display.progress
        progress.phase, progress.elapsed_before = self._state.phase, self._state.elapsed
        progress.phases, progress.minutes = self._settings.run.phases, self._settings.run.minutes
        progress.started = self._opened
        for line in read_metrics(self._run.metrics_file):
            progress.take(line)

    def _elapsed(self) -> float:
        """Return the running time of the run in seconds, all its processes together."""
        return self._elapsed_before + time.monotonic() - self._opened

    def _remaining(self) -> float:
        """Return the seconds left for phases; infinite without a limit in minutes."""
        minutes = self._settings.run.minutes
        if minutes is None:
            return float("inf")
        # Until a rating has been timed, half of what ratings may take is left for the last one.
        reserve = self._state.rating_reserve or self._settings.rating.share * minutes * 30.0
        return minutes * 60.0 - self._elapsed() - reserve

    def go(self) -> None:
        """Run phases until the run is over, or someone asks to stop."""
        self._parts.database.set_about({"state": "unfinished"})
        if self._parts.choice is not None:
            self._display.note(f"inference backend: {self._parts.choice}")
        while not self._finished() and not self._stop.asked:
            self._phase()
            if not self._finished() and not self._stop.asked:
                self._rate_if_due()
        if self._stop.asked and not self._finished():
            self._commit_if_new()
            return
        self._over = True
        self._commit_if_new()
        if self._parts.strength.last_is_missing(self._state):
            self._rate(last=True)
        self._parts.database.set_about({"state": "finished"})

    def _finished(self) -> bool:
        state = self._state
        return is_over(self._settings, state.phase, self._remaining(), state.pace)

    def _phase(self) -> None:
        """One phase: games, learner steps, figures, and a checkpoint if one is due."""
        began = self._elapsed()
        state, phase = self._state, self._state.phase + 1
        scale = state.plan.rate_scale(phase, self._settings.training.cooldown_floor)
        line: Line = {"kind": "phase", "phase": phase}
        if self._parts.playing:
            self._display.stage("measuring the network alone")
            self._parts.measure_limit()
        if self._parts.playing and self._settings.run.overlap:
            line |= self._play_and_learn(phase, scale)
        else:
            if self._parts.playing:
                records, played = self._play(phase, self._parts.learner.steps == 0)
                self._take_in(phase, records)
                line |= played
            self._display.stage("learning")
            line |= self._learn(phase, self._due_steps(), scale)
        line |= self._refresh(phase)
        state.phase = phase
        state.elapsed = self._elapsed()
        state.recent = [*state.recent[-2:], state.elapsed - began]
        line |= {
            "elapsed": state.elapsed,
            "total_games": state.games,
            "total_positions": state.positions,
            "window_positions": self._parts.experience.window.positions,
            "window_age": self._parts.experience.mean_age(phase),
            "steps": self._parts.learner.steps,
            "rate_scale": scale,
            "pace": state.pace,
            "limit_evaluations_per_s": self._parts.limit,
        }
        self._write(line)
        if phase % self._settings.training.checkpoint_every == 0:
            self._commit()

    def _refresh(self, phase: int) -> Line:
        """Hand the new weights to the evaluators; say so if that changes how they are computed."""
        before = self._evaluates
        agreement = self._parts.refresh()
        self._evaluates = self._parts.backend
        line: Line = {"inference_backend": self._evaluates}
        if agreement is None:
            return line
        if self._evaluates != before:
            chosen = self._settings.inference.backend
            verb = "is too far from" if before == chosen else "agrees again with"
            text = f"{chosen} {verb} float32 ({agreement}); {self._evaluates} evaluates now"
            self._parts.database.add_event(phase, "inference", text)
            self._display.note(f"phase {phase}: {text}")
        return line | {
            "inference_kl": agreement.policy_kl,
            "inference_value_error": agreement.value_error,
            "inference_agreement": agreement.best_move,
        }

    def _play_and_learn(self, phase: int, scale: float) -> Line:
        """Learn from the games up to the phase before while those of this phase are played.

        Neither touches what the other does: the pool plays with the weights of the phase before,
        and its games come into the window when both have ended.
        """
        untrained, steps = self._parts.learner.steps == 0, self._due_steps()
        with ThreadPoolExecutor(1, thread_name_prefix="learner") as pool:
            lesson = pool.submit(self._lesson, steps, scale)
            records, played = self._play(phase, untrained)
            self._display.stage("learning")
            line = self._learn(phase, steps, scale, lesson.result)
        self._take_in(phase, records)
        return line | played

    def _play(self, phase: int, untrained: bool) -> tuple[list[GameRecord], Line]:
        """Self-play: return the games of a phase, and the figures of these and of its speed."""
        self._display.stage("self-play")
        parts = self._parts
        records, report = parts.selfplay.play(
            phase, untrained, self._display.meter(parts.selfplay.counters)
        )
        rates = _rates(report, None if untrained else parts.limit)
        return records, record_statistics(records) | rates

    def _take_in(self, phase: int, records: list[GameRecord]) -> None:
        """Commit the games of a phase, and take them into the window."""
        self._display.stage("committing games")
        parts, state = self._parts, self._state
        parts.games.append(records, phase)
        new = parts.experience.add(records, phase)
        state.positions += new
        state.credit += self._settings.training.reuse * new
        state.games += len(records)
        state.ages = [list(pair) for pair in parts.experience.ages]

    def _due_steps(self) -> int:
        """Return how many learner steps this phase makes, and count them as made."""
        parts, training = self._parts, self._settings.training
        if not parts.playing:
            return parts.steps_of_phase
        steps = due_steps(self._state.credit, parts.experience.window.positions, training)
        self._state.credit -= steps * training.batch
        return steps

    def _lesson(self, steps: int, scale: float) -> Line:
        """Make learner steps. Raises Diverged."""
        parts, seed = self._parts, self._settings.run.seed
        return parts.lessons.take(parts.learner, steps, scale, seed, self._state.rollbacks)

    def _learn(
        self, phase: int, steps: int, scale: float, lesson: Callable[[], Line] | None = None
    ) -> Line:
        """Make learner steps, or await a lesson under way; if it diverged, go back, draw anew."""
        again = functools.partial(self._lesson, steps, scale)
        attempt = lesson or again
        while True:
            try:
                line = attempt()
            except Diverged as problem:
                self._roll_back(phase, problem)
                attempt = again
                continue
            self._failures = 0
            return line

    def _roll_back(self, phase: int, problem: Diverged) -> None:
        """Put the learner back to the last checkpoint; the games stay, other batches are drawn."""
        if self._failures == MAX_ROLLBACKS:
            self._parts.database.add_event(phase, "diverged", str(problem))
            raise UserError(
                f"training diverges (phase {phase}, after {self._failures} rollbacks); start a "
                "run with a lower training.learning_rate"
            )
        self._failures += 1
        text = f"{problem}; went back to the last checkpoint"
        self._parts.database.add_event(phase, "rollback", text)
        self._display.note(f"phase {phase}: {text}")
        found = self._parts.checkpoints.newest()
        assert found is not None
        self._parts.learner.restore(found[1].tensors, found[1].info.counters)
        self._state.rollbacks += 1

    def _commit(self) -> None:
        """Commit a checkpoint, after a look at the clock that goes into it."""
        state = self._state
        state.plan = review(state.plan, self._settings, state.phase, self._remaining(), state.pace)
        self._parts.checkpoints.commit(self._parts.learner, state, self._parts.snapshot())

    def _commit_if_new(self) -> None:
        rows = self._parts.database.checkpoints()
        if not rows or rows[-1].phase < self._state.phase:
            self._commit()

    def _rate_if_due(self) -> None:
        self._state.elapsed = self._elapsed()
        untrained = self._parts.learner.steps == 0
        if self._parts.strength.due(self._state, untrained, self._parts.limit):
            self._commit_if_new()
            self._rate(last=False)

    def _rate(self, last: bool) -> None:
        self._display.stage("rating")
        lines = self._parts.strength.rate(self._state, last)
        self._state.elapsed = self._elapsed()
        for line in lines:
            self._write(line | {"elapsed": self._state.elapsed})
        counters, elapsed = self._state.to_counters(), self._state.elapsed
        self._parts.database.mark_rated(self._state.phase, counters, elapsed)

    def _write(self, line: Line) -> None:
        self._metrics.write(line)
        self._display.take(line)

    def outcome(self) -> dict[str, Any]:
        """Return what the run has come to, for `--json`."""
        lines = list(read_metrics(self._run.metrics_file))
        return {
            "run": self._run.name,
            "game": self._parts.game.name,
            "state": "finished" if self._over else "stopped",
            "phase": self._state.phase,
            "games": self._state.games,
            "positions": self._state.positions,
            "steps": self._parts.learner.steps,
            "elapsed": self._elapsed(),
            "strength": newest_ratings(lines),
            "ratings": newest_lines(lines),
        }


def _rates(report: SelfPlayReport, limit: float | None) -> Line:
    """Return the speed of a stretch of self-play as metrics."""
    return {
        "selfplay_seconds": report.seconds,
        "games_per_s": report.games_per_s,
        "simulations_per_s": report.simulations_per_s,
        "evaluations_per_s": report.evaluations_per_s,
        "cache_hit_rate": report.hit_rate,
        "evaluating_share": report.evaluating_share,
        "fraction_of_limit": report.evaluations_per_s / limit if limit else None,
    }
