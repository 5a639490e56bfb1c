"""`zero play`: a game against an agent, in a plain terminal."""

from __future__ import annotations

from pathlib import Path

import click

from zero.cli.common import runs_option, say

DEFAULT_OPPONENT = "mcts:1000"


@click.command("play")
@click.argument("game")
@click.option("--vs", help="Opponent; default: the newest run of this game, or mcts:1000.")
@click.option(
    "--level", type=click.IntRange(1, 10), help="Strength, 1 to 10; default: full strength."
)
@click.option(
    "--first",
    type=click.Choice(["me", "them"]),
    default="me",
    show_default=True,
    help="Who moves first.",
)
@click.option("--seed", type=click.IntRange(0, (1 << 63) - 1), help="Fixes the agent's choices.")
@runs_option
def command(
    game: str, vs: str | None, level: int | None, first: str, seed: int | None, runs_dir: Path
) -> None:
    """Play GAME against an agent. Type a move, or ? for the commands."""
    from contextlib import closing

    import games
    from arena.players.specs import resolve
    from arena.terminal import play
    from zero.evaluation.players import newest_run
    from zero.evaluation.players import register as register_players

    register_players()
    rules = games.make(game)
    if vs is None:
        vs = newest_run(runs_dir, rules.name)
        if vs is None:
            vs = DEFAULT_OPPONENT
            say(f"no run of {rules.name} in {runs_dir}/ yet: you play {vs}, a plain tree search")
    with closing(resolve(vs, rules, {"runs_dir": runs_dir})) as opponent:
        play(rules, opponent, human_side=0 if first == "me" else 1, level=level, seed=seed)
