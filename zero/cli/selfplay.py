"""`zero selfplay`: play games into a store, without learning."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from games.errors import UserError
from zero.cli.common import json_option, print_json, runs_option, say, settings_options

if TYPE_CHECKING:
    from games import Game
    from selfplay import Evaluator, Pool
    from zero.settings.schema import Settings


@click.command("selfplay")
@click.argument("game")
@click.option("--games", "count", type=click.IntRange(1), required=True, help="Number of games.")
@click.option(
    "--network",
    default="uniform",
    show_default=True,
    help="Evaluator: uniform, rollouts, run:NAME[@PHASE] or the path of a checkpoint.",
)
@click.option("--simulations", type=int, help="Simulations of a full search.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Store to add the games to; created if it does not exist.",
)
@click.option("--seed", type=int, help="The same seed plays the same games.")
@click.option("--threads", type=int, help="Threads that play; default: one per core.")
@click.option("--device", help="auto, cpu or cuda.")
@settings_options
@runs_option
@json_option
def command(game: str, **given: Any) -> None:
    """Play games 0 to N-1 of GAME by self-play, each to its end, and add them to a store.

    Games that are already in the store are not added again.
    """
    import games
    from zero.settings.resolve import resolve

    rules = games.make(game)
    overrides = list(given["overrides"])
    if given["simulations"] is not None:
        overrides.append(f"search.simulations={given['simulations']}")
    limits = {key: given[key] for key in ("seed", "threads", "device")}
    settings = resolve(rules.name, given["preset"], overrides, given["settings_file"], **limits)
    _play(rules, settings, given)


def _play(rules: Game, settings: Settings, given: dict[str, Any]) -> None:
    """Play, commit finished games now and then, and report."""
    from selfplay import Actors, Pool
    from selfplay.storage.games import GameStore
    from zero.inference.evaluator import picked_device
    from zero.training.machine import actor_count, on_this_machine, threads_of_group

    with_network = given["network"] not in ("uniform", "rollouts")
    device = picked_device(settings.run.device) if with_network else "cpu"
    alone = settings.run.model_copy(update={"overlap": False})  # nothing learns beside it
    settings = on_this_machine(settings.model_copy(update={"run": alone}), device)
    evaluator = _evaluator(rules, settings, device, given)
    search, size, seed = settings.search, settings.selfplay, settings.run.seed
    pool = Pool(rules, search, size, seed=seed, threads=threads_of_group(settings, device))
    pool.set_limit(given["count"])
    threads = actor_count(settings.run.threads, settings.selfplay.groups, device == "cpu")
    with GameStore(given["out"], rules.name, writer=True) as store:
        collector = _Collector(pool, store, given["count"])
        report = Actors(pool, [evaluator] * threads).play(tick=collector.tick)
        collector.collect()
        totals = {"store_games": store.count(), "store_positions": store.positions()}
    collector.clear()
    outcome = {
        "game": rules.name,
        "games": report.games,
        "added": collector.added,
        "plies": report.plies,
        "simulations": report.simulations,
        "evaluations": report.evaluations,
        "seconds": report.seconds,
        "games_per_s": report.games_per_s,
        "simulations_per_s": report.simulations_per_s,
        "evaluations_per_s": report.evaluations_per_s,
        "hit_rate": report.hit_rate,
        **totals,
    }
    if given["as_json"]:
        print_json(outcome)
    else:
        _print(outcome, given["out"])


def _evaluator(rules: Game, settings: Settings, device: str, given: dict[str, Any]) -> Evaluator:
    """Return the evaluator that all actors share."""
    from selfplay import RolloutEvaluator, UniformEvaluator

    name: str = given["network"]
    if name == "uniform":
        return UniformEvaluator()
    if name == "rollouts":
        return RolloutEvaluator(settings.run.seed)
    from zero.inference.choice import resolved
    from zero.inference.evaluator import make_evaluator
    from zero.run.checkpoint import load_network

    network, _ = load_network(_network_path(name, given["runs_dir"]), rules)
    inference = settings.inference
    if device == "cpu":
        inference, choice = resolved(inference, network, rules, settings.run.threads)
        if choice is not None:
            say(f"inference backend: {choice}")
    return make_evaluator(network, device, inference, rules)


def _network_path(name: str, runs_dir: Path) -> Path:
    from arena.players.specs import parse
    from zero.evaluation.players import checkpoint_of
    from zero.run.directory import find_run

    if name.startswith("run:"):
        spec = parse(name)
        return checkpoint_of(find_run(runs_dir, spec.argument), spec.phase)
    if name.endswith(".safetensors") or "/" in name:
        return Path(name)
    raise UserError(
        f"--network {name}: expected uniform, rollouts, run:NAME[@PHASE] "
        "or the path of a .safetensors file"
    )


class _Collector:
    """Commits finished games while the others are played, and shows the progress."""

    def __init__(self, pool: Pool, store: Any, count: int) -> None:
        self._pool = pool
        self._store = store
        self._count = count
        self._committed = time.monotonic()
        self._live = sys.stderr.isatty()
        self.added = 0

    def tick(self) -> None:
        """Show the progress; commit about once a second."""
        now = time.monotonic()
        if self._live:
            done = self._pool.counters()["games"]
            click.echo(f"\r\x1b[K{done} of {self._count} games", err=True, nl=False)
        if now - self._committed >= 1.0:
            self._committed = now
            self.collect()

    def collect(self) -> None:
        """Commit the games that have finished."""
        appended = self._store.append(self._pool.take_records(), phase=0)
        self.added += appended.added
        if appended.differing:
            raise UserError(
                f"{self._store.path} already holds other games under the ids 0 to "
                f"{self._count - 1}, from other settings or another network; they are kept: give "
                "another --out"
            )

    def clear(self) -> None:
        """Clear the line of progress."""
        if self._live:
            click.echo("\r\x1b[K", err=True, nl=False)


def _print(outcome: dict[str, Any], out: Path) -> None:
    from zero.display.format import number

    click.echo(
        f"{outcome['games']} games ({outcome['plies']} plies) in {outcome['seconds']:.1f} s: "
        f"{number(outcome['games_per_s'])} games/s, "
        f"{number(outcome['simulations_per_s'])} simulations/s, "
        f"{number(outcome['evaluations_per_s'])} evaluations/s"
    )
    if outcome["added"] < outcome["games"]:
        say(f"{outcome['games'] - outcome['added']} of them were already in the store")
    click.echo(
        f"{out} now holds {outcome['store_games']} games with "
        f"{outcome['store_positions']} positions to learn from"
    )
