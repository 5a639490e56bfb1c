"""`zero export`: the games of a store as JSON lines."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click

from games.errors import UserError
from zero.cli.common import say


@click.command("export")
@click.argument("store", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Output file; default: stdout."
)
@click.option("--game", help="Game of the store; required if its rules are your own Python code.")
def command(store: Path, out: Path | None, game: str | None) -> None:
    """Write every game of STORE (a games.sqlite3, or a run's folder) as one line of JSON."""
    import games
    from selfplay.storage.export import export_jsonl
    from selfplay.storage.files import replacing
    from selfplay.storage.games import GameStore

    path = store / "games.sqlite3" if store.is_dir() else store
    with GameStore(path) as source:
        rules = games.make(game or _harmless(source.game_name, path))
        if out is None:
            export_jsonl(source, rules, sys.stdout)
            sys.stdout.flush()
            return
        if out.exists() and out.samefile(path):
            raise UserError(f"--out {out} is the store itself; give another file")
        if out.exists() and not out.is_file():
            raise UserError(f"--out {out} is not a plain file; leave out --out to write to stdout")
        with replacing(out) as file:
            text = io.TextIOWrapper(file, encoding="utf-8")
            count = export_jsonl(source, rules, text)
            text.detach()
    say(f"{count} games written to {out}")


def _harmless(name: str, path: Path) -> str:
    """Return a game's name unless it would import a module: a file must not decide what is run."""
    from games.openspiel import PREFIX

    if ":" in name and not name.startswith(PREFIX):
        raise UserError(
            f"{path} holds games of {name}, whose rules are Python code; if you trust it, "
            f"add --game '{name}'"
        )
    return name
