"""`zero bench`: how fast self-play is on this machine."""

from __future__ import annotations

import click

from zero.cli.common import json_option, print_json, say


@click.command("bench")
@click.argument("game", default="connect_four")
@click.option("--blocks", type=click.IntRange(1, 60), default=5, show_default=True)
@click.option("--channels", type=click.IntRange(4, 1024), default=64, show_default=True)
@click.option("--simulations", type=click.IntRange(2, 1_000_000), default=100, show_default=True)
@click.option("--slots", type=click.IntRange(2, 1 << 20), help="Games at once.")
@click.option("--seconds", type=click.FloatRange(1.0, 36_000.0), default=40.0, show_default=True)
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True
)
@json_option
def command(
    game: str,
    blocks: int,
    channels: int,
    simulations: int,
    slots: int | None,
    seconds: float,
    device: str,
    as_json: bool,
) -> None:
    """Measure self-play, the bare network, the tree alone and the rules, all in one run."""
    from zero.bench import BenchPlan, run_bench
    from zero.panel import number, percent

    plan = BenchPlan(game, blocks, channels, simulations, slots, seconds, device)
    report = run_bench(plan, say)
    if as_json:
        print_json(report.to_dict())
        return
    rows = [
        ("self-play", f"{number(report.simulations_per_s)} simulations/s"),
        ("", f"{number(report.evaluations_per_s)} evaluations/s"),
        ("network alone", f"{number(report.limit_evaluations_per_s)} evaluations/s"),
        ("share of that limit", percent(report.fraction_of_limit)),
        ("tree alone, 1 core", f"{number(report.tree_only_simulations_per_s)} simulations/s"),
        ("rules alone, 1 core", f"{number(report.rules_positions_per_s)} positions/s"),
    ]
    click.echo(f"{report.game}, {report.network}, {report.threads} threads")
    for name, text in rows:
        click.echo(f"  {name:<20} {text}")
    python = report.python
    click.echo(
        f"tic-tac-toe in Python, 1 core: {number(python.rules_positions_per_s)} positions/s, "
        f"{number(python.tree_simulations_per_s)} simulations/s; native: "
        f"{python.rules_times:.0f} and {python.tree_times:.0f} times as many"
    )
