"""`zero train`: start a run, or resume one."""

from __future__ import annotations

import shlex
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from games.errors import UserError
from zero.cli.common import print_json, runs_option, say, settings_options

if TYPE_CHECKING:
    from zero.run.directory import RunDirectory
    from zero.settings.schema import Settings


@click.command("train")
@click.argument("game")
@click.option("--run", "name", help="Name of the run; default: the game and a number.")
@settings_options
@click.option("--minutes", type=float, help="Duration of the run, ratings included.")
@click.option("--phases", type=int, help="Stop after this many phases (exactly repeatable).")
@click.option("--seed", type=int, help="The same seed gives the same run (on a CPU).")
@click.option("--threads", type=int, help="Threads that play; default: one per core.")
@click.option("--device", help="auto, cpu or cuda.")
@click.option("--resume", is_flag=True, help="Continue a run from its last checkpoint.")
@click.option(
    "--from",
    "store",
    type=click.Path(path_type=Path),
    help="Learn from the games of a store (or a run's folder) without playing.",
)
@click.option("--show-settings", is_flag=True, help="Print the resolved settings and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON on stdout.")
@runs_option
def command(game: str, **given: Any) -> None:
    """Train an agent for GAME from nothing: self-play, learning and ratings until time is up.

    Ctrl-C finishes the current phase and commits it; pressed again, it stops at once. Either way,
    and after a crash, --resume continues from the last checkpoint.
    """
    import games

    game = games.make(game).name
    runs_dir: Path = given["runs_dir"]
    run: RunDirectory | None = None
    if given["resume"]:
        run, settings = _resumed(runs_dir, game, given)
    else:
        settings = _fresh_settings(game, given)
    if given["show_settings"]:
        click.echo(settings.to_toml(), nl=False)
        return
    run = run or _fresh_run(runs_dir, game, given["name"])
    _train(run, settings, given)


def _limits(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options that belong to [run]."""
    return {key: given[key] for key in ("minutes", "phases", "seed", "threads", "device")}


def _fresh_settings(game: str, given: dict[str, Any]) -> Settings:
    from zero.settings.resolve import resolve

    limits = _limits(given)
    if given["store"] is not None:
        store: Path = given["store"]
        limits["store"] = str((store / "games.sqlite3" if store.is_dir() else store).resolve())
    return resolve(game, given["preset"], given["overrides"], given["settings_file"], **limits)


def _fresh_run(runs_dir: Path, game: str, name: str | None) -> RunDirectory:
    from zero.run.directory import RunDirectory, check_name, fresh_name

    run = RunDirectory(runs_dir / (check_name(name) if name else fresh_name(runs_dir, game)))
    if run.exists():
        raise UserError(
            f"run {run.name!r} already exists: add --resume to continue it, or choose another name"
        )
    return run


def _resumed(runs_dir: Path, game: str, given: dict[str, Any]) -> tuple[RunDirectory, Settings]:
    """Find the run to continue; of its settings, only the limits may change."""
    from zero.run.directory import find_run, runs_of
    from zero.settings.resolve import resume_settings

    if given["name"]:
        run = find_run(runs_dir, given["name"])
    elif found := runs_of(runs_dir, game):
        run = found[0]
    else:
        raise UserError(f"no run of {game} in {runs_dir}/ to resume; leave out --resume")
    settings = run.settings()
    if settings.game.name != game:
        raise UserError(f"run {run.name!r} plays {settings.game.name}, not {game}")
    source = click.get_current_context().get_parameter_source("preset")
    changed = source is not ParameterSource.DEFAULT or given["settings_file"] or given["store"]
    if changed:
        raise UserError(
            "--preset, --settings and --from cannot be given with --resume: a run keeps its own"
        )
    return run, resume_settings(settings, given["overrides"], **_limits(given))


def _train(run: RunDirectory, settings: Settings, given: dict[str, Any]) -> None:
    from zero.display.panel import Display, Progress
    from zero.training.loop import Training
    from zero.training.stop import INTERRUPTED, Stop

    stop = Stop()
    display = Display(Progress(run=run.name, game=settings.game.name))
    with closing(Training(run, settings, display, stop, resume=given["resume"])) as training:
        note = "finishing this phase, then stopping; press Ctrl-C again to stop at once"
        with stop.listening(lambda: display.note(note)), display.shown():
            training.go()
        outcome = training.outcome()
    if given["as_json"]:
        print_json(outcome)
    for line in _summary(outcome, given["runs_dir"]):
        say(line)
    if outcome["state"] != "finished":
        raise SystemExit(INTERRUPTED)


def _summary(outcome: dict[str, Any], runs_dir: Path) -> list[str]:
    from zero.display.format import clock, percent

    folder = "" if str(runs_dir) == "runs" else f" --runs-dir {runs_dir}"
    lines = [
        f"run {outcome['run']}: {outcome['phase']} phases, {outcome['games']} games in "
        f"{clock(outcome['elapsed'])}"
    ]
    for opponent, value in outcome["strength"].items():
        if opponent == "solved":
            lines.append(f"  {100 * value:.1f} % mistakes on solved positions")
        else:
            lines.append(f"  {percent(value)} of the points against {opponent}")
    game = shlex.quote(outcome["game"])
    if outcome["state"] != "finished":
        again = f"zero train {game} --run {outcome['run']}{folder} --resume"
        return [*lines, f"continue with: {again}"]
    return [
        *lines,
        f"play against it: zero play {game} --vs run:{outcome['run']}{folder}",
        f"its curves: zero runs{folder} report {outcome['run']}",
    ]
