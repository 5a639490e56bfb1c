"""Players that need a network: `run:NAME[@PHASE][?options]` and the path of a checkpoint.

`register` makes them known to arena.players.specs. The context of `resolve` may hold "runs_dir"
(the folder of the runs, default "runs") and "device" (default "auto").
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from arena.players.player import Player
from arena.players.search import SearchPlayer
from arena.players.specs import Spec, choice, read_simulations, read_temperature, real
from arena.players.specs import register as register_kind
from games import Game
from games.errors import UserError
from selfplay.storage.files import check_sha256
from zero.evaluation.rater import rating_search
from zero.inference.backends import BACKENDS, DEFAULT_BACKEND, find_backend, usable_backends
from zero.inference.evaluator import make_evaluator
from zero.run.checkpoint import load_network
from zero.run.database import CheckpointRow
from zero.run.directory import RunDirectory, find_run, runs_of
from zero.settings.schema import InferenceSettings, NetworkSettings, SearchSettings, Settings

DEFAULT_SIMULATIONS = 100

_OPTIONS = {
    "simulations": read_simulations,
    "temperature": read_temperature,
    "rule": choice("puct", "gumbel"),
    "c_init": real(0.0, 100.0),
    "fpu_reduction": real(0.0, 2.0),
    "backend": choice(*BACKENDS),
}


def register() -> None:
    """Make the kinds of this module known. Calling it again does nothing new."""
    register_kind("run", _run_player, "run:NAME[@PHASE]")
    register_kind("checkpoint", _checkpoint_player, "PATH.safetensors")


def checkpoint_of(run: RunDirectory, phase: int | None) -> Path:
    """Return the file of a run's checkpoint, the newest that verifies if `phase` is None.

    Raises UserError that names the phases there are.
    """
    database = run.database()
    try:
        rows = [row for row in database.checkpoints() if row.kept]
    finally:
        database.close()
    if phase is not None:
        chosen = [row for row in rows if row.phase == phase]
        if not chosen:
            kept = ", ".join(str(row.phase) for row in rows)
            raise UserError(f"run {run.name!r} keeps no checkpoint of phase {phase}; kept: {kept}")
        return _verified(run, chosen[0])
    for row in reversed(rows):
        with suppress(UserError):
            return _verified(run, row)
    raise UserError(f"run {run.name!r} has no checkpoint that can be used yet")


def _verified(run: RunDirectory, row: CheckpointRow) -> Path:
    path = run.checkpoints / row.file
    check_sha256(path, row.sha256)
    return path


def newest_run(runs_dir: Path, game: str) -> str | None:
    """Return the spec of the newest run of a game that has something to play with."""
    for run in runs_of(runs_dir, game):
        try:
            checkpoint_of(run, None)
        except UserError:
            continue
        return f"run:{run.name}"
    return None


def _run_player(spec: Spec, game: Game, context: Mapping[str, Any]) -> Player:
    if not spec.argument:
        raise UserError(f"player '{spec.text}': say which run, as in run:NAME")
    run = find_run(Path(context.get("runs_dir", "runs")), spec.argument)
    settings = run.settings()
    if settings.game.name != game.name:
        raise UserError(f"player '{spec.text}' plays {settings.game.name}, not {game.name}")
    path = checkpoint_of(run, spec.phase)
    simulations = settings.rating.simulations
    return _network_player(spec, game, context, path, simulations, settings.inference)


def _checkpoint_player(spec: Spec, game: Game, context: Mapping[str, Any]) -> Player:
    return _network_player(spec, game, context, Path(spec.argument), DEFAULT_SIMULATIONS)


def _network_player(
    spec: Spec,
    game: Game,
    context: Mapping[str, Any],
    path: Path,
    simulations: int,
    inference: InferenceSettings | None = None,
) -> Player:
    """Load a checkpoint and search with it, by default as its run did."""
    options = spec.read(_OPTIONS)
    network, info = load_network(path, game)
    try:
        search = SearchSettings.model_validate(info.extra.get("search", {}))
    except ValueError:
        raise UserError(f"{path}: its search settings are damaged") from None
    given = {key: options[key] for key in options.keys() & SearchSettings.model_fields.keys()}
    simulations = given.pop("simulations", simulations)
    search = search.model_copy(update=given)
    native = rating_search(Settings(search=search), simulations)
    evaluator = make_evaluator(
        network,
        context.get("device", "auto"),
        _inference(options.get("backend"), inference, network.settings),
        game,
    )
    return SearchPlayer(spec.text, evaluator, native, temperature=options.get("temperature", 0.0))


def _inference(
    asked: str | None, of_run: InferenceSettings | None, network: NetworkSettings
) -> InferenceSettings:
    """Return the settings of inference: the backend asked for, else that of the run if it is here.

    Raises UserError if the one asked for cannot be used.
    """
    settings = of_run or InferenceSettings()
    if asked is not None:
        return settings.model_copy(update={"backend": find_backend(asked, network).name})
    if settings.backend in usable_backends(network):
        return settings
    return settings.model_copy(update={"backend": DEFAULT_BACKEND})
