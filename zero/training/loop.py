"""The training run: phases of experience and learning, checkpoints, ratings, until it is over.

In a phase a source gathers experience, then the learner takes the steps that are due. The loop
knows two protocols (zero/experience/source.py, zero/learners/learner.py) and no learning method. It
commits in this order: the games, the line of metrics, the checkpoint. A killed run continues from
its last checkpoint and, on a CPU, makes the same games and weights again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from games.errors import UserError
from selfplay.seeds import mix
from zero.display.panel import Display
from zero.display.report import newest_lines, newest_ratings
from zero.experience.source import Experience
from zero.learners.learner import Diverged
from zero.run.checkpoint import Checkpoint
from zero.run.directory import RunDirectory
from zero.run.metrics import Line, Metrics, cut_back, read_metrics
from zero.run.plan import initial_plan, is_over, review
from zero.run.state import RunState
from zero.settings.schema import Settings
from zero.training.build import build_run
from zero.training.stop import Stop

MAX_ROLLBACKS = 3  # in a row, before the run gives up


class Training:
    """One process's part of a run, from opening to closing. It holds the run's lock."""

    def __init__(
        self,
        run: RunDirectory,
        settings: Settings,
        display: Display,
        stop: Stop,
        resume: bool = False,
    ) -> None:
        """Open the run, from its last checkpoint if `resume`. Raises UserError."""
        self._run = run
        self._stop = stop
        self._resumed = resume
        self._display = display
        self._state = RunState(plan=initial_plan(settings))
        built = build_run(run, settings, resume, display.meter)
        self._settings, self._files = built.settings, built.files
        self._source, self._learner = built.source, built.learner
        self._strength, self._choice = built.strength, built.choice
        self._network = built.network
        self._state.limits = self._limits()
        self._opened = time.monotonic()
        self._elapsed_before = 0.0
        self._failures = 0  # rollbacks since the last good phase
        self._over = False
        self._metrics: Metrics | None = None
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the files and let go of the run."""
        if self._metrics is not None:
            self._metrics.close()
        self._files.close()

    # ---- beginning -----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Go back to the newest checkpoint, or make the first one."""
        files = self._files
        found = files.checkpoints.newest()
        if found is not None:
            row, checkpoint = found
            self._state = RunState.from_counters(row.counters)
            self._elapsed_before = self._state.elapsed
            self._check_limits()
            self._check_files(checkpoint)
            self._go_on_from(checkpoint, row.counters)
            files.arena.drop_after(row.phase if row.rated else row.phase - 1)
        self._run.write_settings(self._settings)
        cut_back(self._run.metrics_file, self._is_past)
        if found is None:
            self._write_checkpoint()
        self._refresh(quiet=True)
        folder = self._run.tensorboard if self._settings.run.tensorboard else None
        self._metrics = Metrics(self._run.metrics_file, folder, self._state.phase)
        self._prepare_display()

    def _go_on_from(self, checkpoint: Checkpoint, counters: dict[str, Any]) -> None:
        """Give learner and source what a checkpoint holds.

        Runs made before learners wrote all of their counters kept some beside those of the run.
        """
        phase = self._state.phase
        try:
            self._learner.restore(checkpoint.tensors, counters | checkpoint.info.counters)
        except KeyError as missing:
            raise UserError(
                f"the checkpoint of phase {phase} lacks the counter {missing}: it is of another "
                "version of zero; start a new run"
            ) from None
        self._learner.recall(lambda positions: self._source.past(phase, positions))
        self._source.restore(checkpoint.blobs)

    def _check_limits(self) -> None:
        """Refuse a run that has reached its limits; new ones put its learning rate up again."""
        state, limits = self._state, self._limits()
        if state.limits != limits:
            state.plan, state.limits = initial_plan(self._settings), limits
        elif self._finished() and self._files.database.about().get("state") == "finished":
            raise UserError(
                f"run {self._run.name!r} has finished (phase {state.phase}, "
                f"{state.elapsed / 60:.1f} minutes): "
                "give a larger --phases or --minutes to continue"
            )

    def _check_files(self, checkpoint: Checkpoint) -> None:
        """Refuse files that do not belong together."""
        made_with = checkpoint.info.network, checkpoint.info.method
        if not self._resumed or made_with != (self._settings.network, self._learner.method):
            raise UserError(
                f"{self._run.settings_file} is not the one the run was made with; "
                "put it back, or start a run under another name"
            )
        stored = self._files.games.count()
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
            return bool(line["phase"] in self._files.rated_phases())
        return bool(line["phase"] <= self._state.phase)

    def _prepare_display(self) -> None:
        progress = self._display.progress
        progress.phase, progress.elapsed_before = self._state.phase, self._state.elapsed
        progress.phases, progress.minutes = self._settings.run.phases, self._settings.run.minutes
        progress.started = self._opened
        for line in read_metrics(self._run.metrics_file):
            progress.take(line)

    # ---- the clock -----------------------------------------------------------------------------

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

    def _finished(self) -> bool:
        state = self._state
        return is_over(self._settings, state.phase, self._remaining(), state.pace)

    # ---- phases --------------------------------------------------------------------------------

    def go(self) -> None:
        """Run phases until the run is over, or someone asks to stop."""
        database = self._files.database
        database.set_about({"state": "unfinished"})
        if self._choice is not None:
            self._display.note(f"inference backend: {self._choice}")
        while not self._finished() and not self._stop.asked:
            self._phase()
            if not self._finished() and not self._stop.asked:
                self._rate_if_due()
        if self._stop.asked and not self._finished():
            self._commit_if_new()
            return
        self._over = True
        self._commit_if_new()
        if self._strength.last_is_missing(self._state):
            self._rate(last=True)
        database.set_about({"state": "finished"})

    def _phase(self) -> None:
        """One phase: experience, learner steps, figures, and a checkpoint if one is due."""
        began = self._elapsed()
        state, phase = self._state, self._state.phase + 1
        scale = state.plan.rate_scale(phase, self._settings.training.cooldown_floor)
        self._display.stage("measuring the network alone")
        self._source.prepare()
        turn = self._both_at_once if self._settings.run.overlap else self._one_after_the_other
        line: Line = {"kind": "phase", "phase": phase} | turn(phase, scale)
        line |= self._refresh(phase)
        state.phase = phase
        state.elapsed = self._elapsed()
        state.recent = [*state.recent[-2:], state.elapsed - began]
        line |= self._learner.figures(phase) | {
            "elapsed": state.elapsed,
            "total_games": state.games,
            "rate_scale": scale,
            "pace": state.pace,
        }
        self._write(line)
        if phase % self._settings.training.checkpoint_every == 0:
            self._commit()

    def _one_after_the_other(self, phase: int, scale: float) -> Line:
        """Gather, take in, learn."""
        experience = self._gather(phase, self._trained())
        self._take_in(experience, phase)
        self._display.stage("learning")
        return {**experience.figures, **self._learn(phase, partial(self._lesson, scale), scale)}

    def _both_at_once(self, phase: int, scale: float) -> Line:
        """Learn from what was gathered up to the phase before while this phase is gathered.

        Neither touches what the other does: the source plays with the weights of the phase before,
        and its games are taken in when both have ended.
        """
        trained = self._trained()
        with ThreadPoolExecutor(1, thread_name_prefix="learner") as pool:
            lesson = pool.submit(self._lesson, scale)
            experience = self._gather(phase, trained)
            self._display.stage("learning")
            figures = self._learn(phase, lesson.result, scale)
        self._take_in(experience, phase)
        return {**experience.figures, **figures}

    def _trained(self) -> bool:
        return self._learner.steps > 0

    def _gather(self, phase: int, trained: bool) -> Experience:
        self._display.stage(self._source.doing)
        experience: Experience = self._source.gather(phase, trained)
        return experience

    def _take_in(self, experience: Experience, phase: int) -> None:
        self._learner.take_in(experience, phase)
        self._state.games += experience.games

    def _lesson(self, scale: float) -> Line:
        """Make the steps due. After a rollback, other batches are drawn than led to it."""
        return self._learner.learn(scale, mix(self._settings.run.seed, self._state.rollbacks))

    def _learn(self, phase: int, attempt: Callable[[], Line], scale: float) -> Line:
        """Return what a lesson saw; if it diverged, go back to the last checkpoint, try anew."""
        while True:
            try:
                figures = attempt()
            except Diverged as problem:
                self._roll_back(phase, problem)
                attempt = partial(self._lesson, scale)
                continue
            self._failures = 0
            return figures

    def _roll_back(self, phase: int, problem: Diverged) -> None:
        """Put the learner back to the last checkpoint; what it has taken in stays."""
        database = self._files.database
        if self._failures == MAX_ROLLBACKS:
            database.add_event(phase, "diverged", str(problem))
            raise UserError(
                f"training diverges (phase {phase}, after {self._failures} rollbacks); start a "
                "run with a lower training.learning_rate"
            )
        self._failures += 1
        text = f"{problem}; went back to the last checkpoint"
        database.add_event(phase, "rollback", text)
        self._display.note(f"phase {phase}: {text}")
        found = self._files.checkpoints.newest()
        assert found is not None
        self._learner.roll_back(found[1].tensors, found[1].info.counters)
        self._state.rollbacks += 1

    def _refresh(self, phase: int = 0, quiet: bool = False) -> Line:
        """Let the learner's network play; say so if that changes how it is computed."""
        learner, seed = self._learner, mix(self._settings.run.seed, -1)
        refreshed = self._network.refresh(
            learner.networks[learner.plays],
            lambda count: learner.positions(count, seed),
            quiet=quiet,
        )
        if refreshed.note:
            self._files.database.add_event(phase, "inference", refreshed.note)
            self._display.note(f"phase {phase}: {refreshed.note}")
        return dict(refreshed.figures)

    # ---- checkpoints and ratings ---------------------------------------------------------------

    def _commit(self) -> None:
        """Commit a checkpoint, after a look at the clock that goes into it."""
        state = self._state
        state.plan = review(state.plan, self._settings, state.phase, self._remaining(), state.pace)
        self._write_checkpoint()

    def _write_checkpoint(self) -> None:
        self._files.checkpoints.commit(self._learner, self._state, self._source.snapshot())

    def _commit_if_new(self) -> None:
        rows = self._files.database.checkpoints()
        if not rows or rows[-1].phase < self._state.phase:
            self._commit()

    def _rate_if_due(self) -> None:
        self._state.elapsed = self._elapsed()
        if self._strength.due(self._state, not self._trained(), self._network.limit):
            self._commit_if_new()
            self._rate(last=False)

    def _rate(self, last: bool) -> None:
        self._display.stage("rating")
        lines = self._strength.rate(self._state, last)
        self._state.elapsed = self._elapsed()
        for line in lines:
            self._write(line | {"elapsed": self._state.elapsed})
        counters, elapsed = self._state.to_counters(), self._state.elapsed
        self._files.database.mark_rated(self._state.phase, counters, elapsed)

    def _write(self, line: Line) -> None:
        assert self._metrics is not None
        self._metrics.write(line)
        self._display.take(line)

    def outcome(self) -> dict[str, Any]:
        """Return what the run has come to, for `--json`."""
        lines = list(read_metrics(self._run.metrics_file))
        return {
            "run": self._run.name,
            "game": self._settings.game.name,
            "state": "finished" if self._over else "stopped",
            "phase": self._state.phase,
            "games": self._state.games,
            "positions": self._learner.figures(self._state.phase)["total_positions"],
            "steps": self._learner.steps,
            "elapsed": self._elapsed(),
            "strength": newest_ratings(lines),
            "ratings": newest_lines(lines),
        }
