"""`zero bench`: how fast self-play is on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from games.errors import UserError
from zero.cli.common import json_option, print_json, say

if TYPE_CHECKING:
    from zero.bench.selfplay import BenchPlan, BenchReport


@click.command("bench")
@click.argument("game", default="connect_four")
@click.option("--blocks", type=click.IntRange(1, 60), default=5, show_default=True)
@click.option("--channels", type=click.IntRange(4, 1024), default=64, show_default=True)
@click.option("--simulations", type=click.IntRange(2, 1_000_000), default=100, show_default=True)
@click.option("--slots", type=click.IntRange(2, 1 << 20), help="Number of games at once.")
@click.option(
    "--seconds",
    type=click.FloatRange(1.0, 36_000.0),
    default=60.0,
    show_default=True,
    help="Approximate duration; --tune takes twice as long.",
)
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True
)
@click.option("--backend", default="auto", show_default=True, help="Backend to compare with torch.")
@click.option("--tune", "tuning", is_flag=True, help="Find the fastest settings.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --tune: the file to write the settings to; default: tuned.toml.",
)
@json_option
def command(as_json: bool, tuning: bool, out: Path | None, **given: Any) -> None:
    """Measure self-play, the network alone, the tree alone and the rules, all in one run.

    With --tune, try out threads, groups, games at once, batch and backend for this machine, game
    and network. The best are written as settings for zero train --settings.
    """
    from zero.bench.selfplay import BenchPlan, run_bench
    from zero.display.format import number

    if out is not None and not tuning:
        raise UserError("--out belongs to --tune")
    if tuning:
        _tune(BenchPlan(**given), out or Path("tuned.toml"), as_json)
        return
    report = run_bench(BenchPlan(**given), say)
    if as_json:
        print_json(report.to_dict())
        return
    click.echo(
        f"{report.game}, {report.network}, {report.simulations} simulations a move, "
        f"{report.slots} games at once, {report.threads} threads, {report.device}"
    )
    _print_table(report)
    click.echo(
        f"tree alone, 1 core: {number(report.tree_only_simulations_per_s)} simulations/s; "
        f"rules alone, 1 core: {number(report.rules_positions_per_s)} positions/s"
    )
    python = report.python
    click.echo(
        f"tic-tac-toe in Python, 1 core: {number(python.rules_positions_per_s)} positions/s, "
        f"{number(python.tree_simulations_per_s)} simulations/s; native: "
        f"{python.rules_times:.0f} and {python.tree_times:.0f} times as many"
    )


def _tune(plan: BenchPlan, out: Path, as_json: bool) -> None:
    """Tune, write the settings, and show what they are."""
    import shlex

    from selfplay.storage.files import write_atomically
    from zero.bench.tune import tune

    report = tune(plan, say)
    write_atomically(out, report.settings.encode())
    if as_json:
        print_json(report.to_dict())
        return
    best = report.best
    click.echo(
        f"{report.game}, {report.network}: {best.backend}, {best.threads} threads, {best.groups} "
        f"groups of {best.slots_in_group} games, batches of {best.batch}"
    )
    words = ["zero", "train", plan.game, "--settings", str(out)]
    click.echo(f"use it: {shlex.join(words)}")


def _print_table(report: BenchReport) -> None:
    """Print a line for each way to play."""
    from zero.display.format import number, percent

    click.echo(
        f"  {'self-play with':<24}{'simulations/s':>14}{'evaluations/s':>15}"
        f"{'network alone':>15}{'share':>8}{'hits':>7}{'x torch':>9}"
    )
    for line in report.selfplay:
        name = line.backend + (", cache" if line.cache_mib else "")
        times = "" if line.times_torch is None else f"{line.times_torch:.2f}"
        click.echo(
            f"  {name:<24}{number(line.simulations_per_s):>14}{number(line.evaluations_per_s):>15}"
            f"{number(line.limit_evaluations_per_s):>15}{percent(line.fraction_of_limit):>8}"
            f"{percent(line.cache_hit_rate):>7}{times:>9}"
        )
