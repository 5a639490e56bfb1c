"""Puts a run together: game, source, learner and ratings, from the settings and the machine."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import games
from arena.players.specs import resolve
from games import Game
from selfplay.storage.files import write_atomically
from zero.evaluation.rater import Rater
from zero.evaluation.strength import Strength
from zero.experience.selfplay import Meter, SelfPlay
from zero.experience.source import Source
from zero.experience.stored import StoredGames
from zero.inference.choice import Choice, resolved
from zero.inference.evaluator import make_evaluator, picked_device
from zero.inference.in_play import NetworkInPlay
from zero.learners import find_method, make_learner
from zero.learners.learner import Learner
from zero.networks.network import NetworkShape, build
from zero.run.directory import RunDirectory
from zero.run.files import RunFiles
from zero.settings.resolve import STORE_PHASES
from zero.settings.schema import Settings
from zero.training.machine import (
    actor_count,
    learner_threads,
    on_this_machine,
    passes_at_once,
    sampler_threads,
    threads_of_group,
)


@dataclass(frozen=True)
class Built:
    """The parts of a run. `settings` are settled for the machine; `choice`: of the backend, now."""

    settings: Settings
    files: RunFiles
    network: NetworkInPlay
    source: Source[Any]
    learner: Learner[Any]
    strength: Strength
    choice: Choice | None


def build_run(run: RunDirectory, settings: Settings, resume: bool, meter: Meter) -> Built:
    """Open or create the run's files, and make its parts.

    Nothing is written before the settings have proved to be sound. Raises UserError.
    """
    game = games.make(settings.game.name)
    method = find_method(
        settings.training.method, "selfplay" if settings.run.store is None else "stored"
    )
    for spec in settings.rating.opponents:
        resolve(spec, game)  # a bad spec is an error now, not at the first rating
    network = build(NetworkShape.of(game), settings.network, settings.run.seed)
    device = picked_device(settings.run.device)
    settings = on_this_machine(settings, device)
    choice: Choice | None = None
    if device == "cpu":
        threads = settings.run.threads
        inference, choice = resolved(settings.inference, network, game, threads)
        settings = settings.model_copy(update={"inference": inference})
    evaluator = make_evaluator(network, device, settings.inference, game)
    at_once = passes_at_once(settings.run.threads, settings.selfplay.groups, evaluator.on_cpu)
    in_play = NetworkInPlay(evaluator, settings.inference.backend, at_once)
    learner = make_learner(
        method,
        game,
        network,
        settings.training,
        device=device,
        threads=learner_threads(settings, network.shape.squares, device),
        sampler_threads=sampler_threads(settings, device),
    )
    stored = _stored_games(game, settings)  # looked at before anything is written
    files = RunFiles(run, game, settings, resume)
    try:
        if choice is not None:
            write_atomically(run.tuning_file, json.dumps(asdict(choice), indent=1).encode())
        source = stored or _selfplay(game, settings, files, in_play, device, meter)
        rater = Rater(game, settings, files.arena, [evaluator] * at_once)  # a match each
        strength = Strength(run.name, game, settings, rater, files.database, files.checkpoints)
        return Built(settings, files, in_play, source, learner, strength, choice)
    except BaseException:
        files.close()
        raise


def _stored_games(game: Game, settings: Settings) -> StoredGames | None:
    """Return the source of a run that learns from stored games, None of one that plays."""
    if settings.run.store is None:
        return None
    path = Path(settings.run.store)
    return StoredGames(path, game, settings.training.window_max, STORE_PHASES)


def _selfplay(
    game: Game,
    settings: Settings,
    files: RunFiles,
    network: NetworkInPlay,
    device: str,
    meter: Meter,
) -> SelfPlay:
    threads, groups = settings.run.threads, settings.selfplay.groups
    return SelfPlay(
        game,
        settings,
        files.games,
        network,
        actors=actor_count(threads, groups, network.evaluator.on_cpu),
        rollout_actors=actor_count(threads, groups, on_cpu=True),  # GPU or not
        group_threads=threads_of_group(settings, device),
        meter=meter,
    )
