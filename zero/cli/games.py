"""`zero games`: which games there are, and what can be set in each."""

from __future__ import annotations

import click

from zero.cli.common import json_option, print_json


@click.command("games")
@json_option
def command(as_json: bool) -> None:
    """List the games, with their parameters."""
    import games

    listed = [
        {"name": name, "summary": games.summary(name), "parameters": games.parameters(name)}
        for name in games.names()
    ]
    if as_json:
        print_json(listed)
        return
    width = max(len(name) for name in games.names())
    for name in games.names():
        click.echo(f"{name:<{width}}  {games.summary(name)}")
        for key, text in games.parameters(name).items():
            click.echo(f"{'':<{width}}  {name}?{key}=...: {text}")
    click.echo("\nA game of your own in Python: MODULE:CLASS, such as games.examples.snort:Snort.")
    click.echo("A game of OpenSpiel, if that is installed: 'openspiel:clobber(rows=6,columns=6)'.")
