"""`zero bench`: how fast self-play is on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from zero.cli.common import json_option, print_json, say

if TYPE_CHECKING:
    from zero.bench import BenchReport


@click.command("bench")
@click.argument("game", default="connect_four")
@click.option("--blocks", type=click.IntRange(1, 60), default=5, show_default=True)
@click.option("--channels", type=click.IntRange(4, 1024), default=64, show_default=True)
@click.option("--simulations", type=click.IntRange(2, 1_000_000), default=100, show_default=True)
@click.option("--slots", type=click.IntRange(2, 1 << 20), help="Games at once.")
@click.option("--seconds", type=click.FloatRange(1.0, 36_000.0), default=60.0, show_default=True)
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True
)
@click.option("--backend", default="auto", show_default=True, help="Inference, beside torch.")
@json_option
def command(as_json: bool, **given: Any) -> None:
    """Measure self-play, the bare network, the tree alone and the rules, all in one run."""
    from zero.bench import BenchPlan, run_bench
    from zero.panel import number

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


def _print_table(report: BenchReport) -> None:
    """Print a line for each way to play."""
    from zero.panel import number, percent

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
