"""The parts of a run, put together and taken apart: files, learner, evaluators, pool, window."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import games
from arena.players.specs import resolve
from arena.store import ArenaStore
from games import Game
from games.errors import UserError
from selfplay.seeds import mix
from selfplay.storage.files import write_atomically
from selfplay.storage.games import GameStore
from selfplay.storage.lock import WriterLock
from zero.evaluation.rater import Rater
from zero.evaluation.strength import Strength
from zero.experience.selfplay import SelfPlay
from zero.inference.backends import BACKENDS
from zero.inference.choice import Choice, resolved
from zero.inference.evaluator import make_evaluator, picked_device
from zero.inference.quantization import POSITIONS, Agreement, Positions
from zero.learners.learner import Learner
from zero.networks.network import NetworkShape, build
from zero.run.checkpoints import Checkpoints
from zero.run.directory import RunDirectory
from zero.settings.resolve import STORE_PHASES
from zero.settings.schema import Settings
from zero.training.learning import Experience, Lessons
from zero.training.machine import (
    learner_threads,
    on_this_machine,
    passes_at_once,
    sampler_threads,
    threads_of_group,
    workers,
)

_LIMIT_SECONDS = 1.2
_LIMIT_AGE = 150.0  # seconds, after which it is measured anew: machines change their pace


class Parts:
    """Everything that a run is made of. The constructor opens or creates the run's files.

    Nothing is written before the settings have proved to be sound. Raises UserError.
    """

    def __init__(self, run: RunDirectory, settings: Settings, resume: bool) -> None:
        self.game: Game = games.make(settings.game.name)
        for spec in settings.rating.opponents:
            resolve(spec, self.game)  # a bad spec is an error now, not at the first rating
        network = build(NetworkShape.of(self.game), settings.network, settings.run.seed)
        device = picked_device(settings.run.device)
        settings = on_this_machine(settings, device)
        self.choice: Choice | None = None  # how the backend was chosen, if it was now
        if device == "cpu":
            threads = settings.run.threads
            inference, self.choice = resolved(settings.inference, network, self.game, threads)
            settings = settings.model_copy(update={"inference": inference})
        self.settings = settings
        evaluator = make_evaluator(network, device, settings.inference, self.game)
        self.playing = settings.run.store is None
        self._evaluator = evaluator
        manned = (settings.run.threads, settings.selfplay.groups, evaluator.on_cpu)
        self._passes = passes_at_once(*manned)
        threads = learner_threads(settings, network.shape.squares, device)
        self.learner = Learner(network, settings.training, device, threads)
        self.selfplay = SelfPlay(
            self.game,
            settings,
            [evaluator] * workers(*manned),
            threads=threads_of_group(settings, device),
            # Random games are for the processor, GPU or not.
            rollout_workers=workers(settings.run.threads, settings.selfplay.groups, on_cpu=True),
        )
        self.experience = Experience(self.game, settings.training)
        samplers = sampler_threads(settings, device)
        self.lessons = Lessons(self.experience, settings.training, samplers)
        self.limit: float | None = None  # evaluations/s of the network alone
        self._limit_of = ("", 0.0)  # the backend that it is of, and when it was measured
        self.steps_of_phase = 0  # of a run that learns from stored games
        self._open = ExitStack()
        try:
            self._open_files(run, resume)
        except BaseException:
            self._open.close()
            raise

    def _open_files(self, run: RunDirectory, resume: bool) -> None:
        """Take the run's lock, then open or make its files."""
        name = self.game.name
        if self.settings.run.store is not None:
            self._check_source(Path(self.settings.run.store))
        run.make_folders()
        self._open.enter_context(WriterLock(run.path / "run", f"run {run.name!r}"))
        if run.exists() and not resume:
            raise UserError(f"run {run.name!r} exists already: add --resume, or take another name")
        if self.choice is not None:
            write_atomically(run.tuning_file, json.dumps(asdict(self.choice), indent=1).encode())
        self.database = run.database(writer=True)
        self._open.callback(self.database.close)
        self.games = self._open.enter_context(GameStore(run.games_file, name, writer=True))
        self.arena = self._open.enter_context(ArenaStore(run.arena_file, name, writer=True))
        self.checkpoints = Checkpoints(run, self.database, self.game, self.settings)
        evaluators = [self._evaluator] * self._passes  # a match each
        rater = Rater(self.game, self.settings, self.arena, evaluators)
        self.strength = Strength(
            run.name, self.game, self.settings, rater, self.database, self.checkpoints
        )

    def _check_source(self, path: Path) -> None:
        with GameStore(path, self.game.name) as store:
            if not store.positions():
                raise UserError(f"{path} holds no positions to learn from; play some games first")

    def load_whole_store(self) -> None:
        """Fill the window from the store that the run learns from, and plan its steps."""
        training = self.settings.training
        with GameStore(Path(str(self.settings.run.store)), self.game.name) as store:
            for record in store.newest(self.game, training.window_max):
                self.experience.window.add(record)
        samples = training.reuse * self.experience.window.positions
        self.steps_of_phase = max(1, round(samples / training.batch / STORE_PHASES))

    def measure_limit(self) -> None:
        """Measure what the network does alone on this machine, for the share that is reported.

        It is done again when another backend has come into use, and from time to time.
        """
        backend, now = self._evaluator.backend, time.monotonic()
        if self._limit_of[0] == backend and now - self._limit_of[1] < _LIMIT_AGE:
            return
        limit = self._evaluator.raw_limit(_LIMIT_SECONDS, self._passes)
        self.limit, self._limit_of = limit.evaluations_per_s, (backend, now)

    @property
    def backend(self) -> str:
        """The name of what evaluates the network now."""
        return self._evaluator.backend

    def refresh(self) -> Agreement | None:
        """Hand the averaged weights to the evaluators; return how well a rounded network agrees."""
        return self._evaluator.refresh(self.learner.average, self._positions())

    def _positions(self) -> Positions | None:
        """Return positions of the window to scale a quantised backend on; they follow the steps."""
        backend = BACKENDS.get(self.settings.inference.backend)
        window = self.experience.window
        if backend is None or not backend.quantised or not window.positions:
            return None
        seed, step = self.settings.run.seed, self.learner.steps
        return Positions.of_sample(window.sample(POSITIONS, seed=mix(seed, -1), step=step))

    def snapshot(self) -> bytes:
        """Return the games in flight."""
        return self.selfplay.snapshot() if self.playing else b""

    def restore_pool(self, snapshot: bytes) -> None:
        """Go on with games in flight."""
        if self.playing:
            self.selfplay.restore(snapshot)

    def rated_phases(self) -> set[int]:
        """Return the phases whose checkpoints have been rated."""
        return {row.phase for row in self.database.checkpoints() if row.rated}

    def close(self) -> None:
        """Close the files and let go of the run."""
        self._open.close()
