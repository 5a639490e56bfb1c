"""Options and output that several verbs share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_RUNS = "runs"


def runs_option(function: F) -> F:
    """Add --runs-dir."""
    return click.option(
        "--runs-dir",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_RUNS,
        show_default=True,
        help="Folder of the runs.",
    )(function)


def json_option(function: F) -> F:
    """Add --json: one JSON object on stdout, while progress stays on stderr."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")(function)


def seed_option(function: F) -> F:
    """Add --seed."""
    return click.option(
        "--seed",
        type=click.IntRange(0, (1 << 63) - 1),
        default=1,
        show_default=True,
        help="The same seed gives the same games.",
    )(function)


def settings_options(function: F) -> F:
    """Add --preset, --set and --settings."""
    for option in (
        click.option(
            "--settings",
            "settings_file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="TOML file of settings, read after the preset.",
        ),
        click.option(
            "--set",
            "overrides",
            multiple=True,
            metavar="SECTION.KEY=VALUE",
            help="Change a setting, as in search.simulations=200. May be repeated.",
        ),
        click.option(
            "--preset",
            default="quick",
            show_default=True,
            help="quick, standard, or gpu (for a large GPU).",
        ),
    ):
        function = option(function)
    return function


def print_json(data: Any) -> None:
    """Print one JSON value on stdout; NaN and infinities become null."""
    click.echo(json.dumps(_finite(data), indent=2))


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if data == data and abs(data) != float("inf") else None
    if isinstance(data, Mapping):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, Sequence) and not isinstance(data, str):
        return [_finite(value) for value in data]
    return data


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a plain table on stdout; columns as wide as they need to be."""
    table = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def say(text: str) -> None:
    """Print a line of progress on stderr."""
    click.echo(text, err=True)
