"""`zero runs`: the runs, their progress and strength; and the report of one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from games.errors import UserError
from zero.cli.common import json_option, print_json, print_table, runs_option, say


@click.group("runs", invoke_without_command=True)
@runs_option
@json_option
@click.pass_context
def command(context: click.Context, runs_dir: Path, as_json: bool) -> None:
    """List the runs, newest first; `zero runs report NAME` writes a page with the curves."""
    context.obj = runs_dir
    if context.invoked_subcommand is None:
        _list(runs_dir, as_json)


@command.command("list")
@json_option
@click.pass_obj
def list_command(runs_dir: Path, as_json: bool) -> None:
    """List the runs, newest first."""
    _list(runs_dir, as_json)


def _list(runs_dir: Path, as_json: bool) -> None:
    from zero.run.directory import all_runs

    listed = [_describe(run) for run in all_runs(runs_dir)]
    if as_json:
        print_json(listed)
        return
    if not listed:
        say(f"no runs in {runs_dir}/ yet; `zero train GAME` makes one")
        return
    print_table(
        ("RUN", "GAME", "STATE", "PHASE", "GAMES", "TIME", "STRENGTH"),
        [_row(entry) for entry in listed],
    )


def _describe(run: Any) -> dict[str, Any]:
    """Return what is known about a run; a damaged one says so instead of stopping the list."""
    from zero.display.report import newest_ratings
    from zero.run.metrics import read_metrics

    entry: dict[str, Any] = {"name": run.name, "path": str(run.path)}
    try:
        entry["game"] = run.settings().game.name
        database = run.database()
        try:
            rows = database.checkpoints()
            entry["state"] = database.about().get("state", "unfinished")
        finally:
            database.close()
    except UserError as error:
        entry.setdefault("game", "?")
        entry.update(state="damaged", problem=str(error), phase=0, games=0, elapsed=0.0)
        entry["strength"] = {}
        return entry
    if run.is_running():
        entry["state"] = "running"
    last = rows[-1] if rows else None
    entry["phase"] = last.phase if last else 0
    entry["games"] = last.games if last else 0
    entry["elapsed"] = last.elapsed if last else 0.0
    entry["checkpoints"] = [row.phase for row in rows if row.kept]
    entry["strength"] = newest_ratings(list(read_metrics(run.metrics_file)))
    return entry


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    from zero.display.format import clock, number, percent

    strength = [
        f"{100 * value:.1f} % mistakes" if key == "solved" else f"{percent(value)} vs {key}"
        for key, value in entry["strength"].items()
    ]
    return (
        entry["name"],
        entry["game"],
        entry["state"],
        str(entry["phase"]),
        number(entry["games"]),
        clock(entry["elapsed"]),
        ", ".join(strength) or entry.get("problem", "not rated yet"),
    )


@command.command("report")
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Output file; default: report.html in the run's folder.",
)
@click.pass_obj
def report_command(runs_dir: Path, name: str, out: Path | None) -> None:
    """Write one static HTML page with the curves of run NAME."""
    from zero.display.report import write_report
    from zero.run.directory import find_run

    run = find_run(runs_dir, name)
    target = out or run.path / "report.html"
    write_report(run, target)
    click.echo(str(target))
