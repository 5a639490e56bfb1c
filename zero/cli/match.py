"""`zero match`: two players play each other, and get an honest rating."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zero.cli.common import json_option, print_json, runs_option, seed_option

if TYPE_CHECKING:
    from arena.matches.match import MatchProgress, MatchResult


@click.command("match")
@click.argument("game")
@click.argument("a")
@click.argument("b")
@click.option("--games", default=100, show_default=True, help="Number of games, even.")
@click.option("--opening-plies", type=click.IntRange(0, 100), help="Random plies before each game.")
@seed_option
@runs_option
@json_option
def command(
    game: str,
    a: str,
    b: str,
    games: int,
    opening_plies: int | None,
    seed: int,
    runs_dir: Path,
    as_json: bool,
) -> None:
    """Play a match of GAME between players A and B. Each opening is played twice, sides swapped.

    \b
    A player is one of
      random                        random moves
      one_ply                       wins or blocks if one move does it, otherwise random
      mcts:N                        tree search with N random games a move, no network
      run:NAME[@PHASE]              a checkpoint of a run; default: the newest
      PATH.safetensors              a checkpoint file
    The last two take options, as in run:friday?simulations=400.
    """
    from contextlib import closing

    import games as rules
    from arena.matches.match import play_match
    from arena.players.specs import resolve
    from zero.evaluation.players import register as register_players

    register_players()
    chosen = rules.make(game)
    context = {"runs_dir": runs_dir}
    meter = _Meter()
    with closing(resolve(a, chosen, context)) as one, closing(resolve(b, chosen, context)) as other:
        result = play_match(
            chosen, one, other, games, seed, plies=opening_plies, progress=meter.show
        )
    meter.close()
    if as_json:
        print_json(result.to_dict())
    else:
        _print(result)


class _Meter:
    """One line of progress on stderr, if that is a terminal."""

    def __init__(self) -> None:
        self._shown = 0.0
        self._live = sys.stderr.isatty()

    def show(self, progress: MatchProgress) -> None:
        """Show the progress, at most a few times a second."""
        now = time.monotonic()
        if self._live and now - self._shown > 0.2:
            self._shown = now
            text = f"{progress.finished} of {progress.total} games over, {progress.plies} plies"
            click.echo(f"\r\x1b[K{text}", err=True, nl=False)

    def close(self) -> None:
        """Clear the line."""
        if self._live:
            click.echo("\r\x1b[K", err=True, nl=False)


def _print(result: MatchResult) -> None:
    total = len(result.games)
    points = result.wins + result.draws / 2
    click.echo(f"{result.a} against {result.b}: {points:g} of {total} points")
    click.echo(f"  won {result.wins}, drawn {result.draws}, lost {result.losses}")
    click.echo(f"  {result.rating} (95 %, by {result.rating.pairs} distinct pairs)")
    click.echo(
        f"  {result.unique} of {total} games unique; {result.mean_plies:.1f} plies on average; "
        f"first player {100 * result.first_player_score:.0f} %"
    )
    if any(result.forfeits):
        click.echo(f"  lost by illegal moves: {result.forfeits[0]} and {result.forfeits[1]}")
    for note in result.notes:
        click.echo(f"  note: {note}", err=True)
