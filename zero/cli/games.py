"""`zero games`: the games, their parameters, and pictures of positions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zero.cli.common import json_option, print_json, say

if TYPE_CHECKING:
    from games import State

_MOST_MOVES = 24


@click.group("games", invoke_without_command=True)
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the games, with their parameters; `zero games show GAME` draws a position."""
    if context.invoked_subcommand is None:
        _list(as_json)


def _list(as_json: bool) -> None:
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


@command.command("show")
@click.argument("game")
@click.argument("position", required=False)
@click.option("--moves", default="", help='Moves to play from there, as in --moves "e4 e5 Nf3".')
@click.option(
    "--file", type=click.Path(path_type=Path), help="Take the game from an SGF or PGN file."
)
@click.option(
    "--number",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Number of the game in the file.",
)
@click.option(
    "--ply", type=click.IntRange(0), help="Stop after this many plies of the game in the file."
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write a picture: .svg or .png."
)
@json_option
def show(
    game: str,
    position: str | None,
    moves: str,
    file: Path | None,
    number: int,
    ply: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Draw POSITION, written as GAME writes it (chess: any FEN); default: the initial position."""
    from games.notation.moves import read_moves

    if file is not None and position is not None:
        raise click.UsageError("give a position or --file, not both")
    if file is None and (ply is not None or number > 1):
        raise click.UsageError("--ply and --number need --file")
    if file:
        state, last, returns = _from_file(game, file, number, ply)
    else:
        state, last, returns = _position(game, position), None, None
    for action in read_moves(state, moves):
        last = state.square_of(action)
        state, returns = state.apply(action), None
    if out is not None:
        _write_picture(state, last, out)
    if as_json:
        print_json(_as_data(state))
    else:
        _print(state, last, returns)


def _position(name: str, text: str | None) -> State:
    import games
    from games.notation.chess_board import is_chess, read_fen

    game = games.make(name)
    if text is None:
        return game.initial()
    return read_fen(text, game) if is_chess(game) else game.parse(text)


def _from_file(
    name: str, file: Path, number: int, ply: int | None
) -> tuple[State, int | None, int | None]:
    """The position after `ply` plies (default: all) and the square of the last move; at the end
    of the game also the return of player 0 that the file gives.

    A name without parameters takes the size and rules from the file.
    """
    import games
    from games.errors import UserError
    from games.notation.files import read_file

    game = games.make(name)
    transcripts = read_file(file, game if "?" in name else None)
    if number > len(transcripts):
        raise UserError(f"{file} has no game {number}; it has {len(transcripts)}")
    chosen = transcripts[number - 1]
    if chosen.game.name.partition("?")[0] != game.name.partition("?")[0]:
        raise UserError(f"{file} has a game of {chosen.game.name}, not of {name}")
    states, plies = chosen.states(), len(chosen.actions)
    at = plies if ply is None else ply
    if at > plies:
        raise UserError(f"{file}: the game has {plies} plies; --ply {ply} is not one of them")
    last = states[at - 1].square_of(chosen.actions[at - 1]) if at > 0 else None
    return states[at], last, chosen.returns if at == plies else None


def _write_picture(state: State, last: int | None, out: Path) -> None:
    from games import picture
    from selfplay.storage.files import write_atomically

    write_atomically(out, picture.encode(state, out.suffix.lower().removeprefix("."), last))
    say(f"wrote {out}")


def _print(state: State, last: int | None, returns: int | None) -> None:
    from arena.terminal.board import draw

    click.echo(state.game.name)
    click.echo()
    click.echo(draw(state, last))
    click.echo()
    click.echo(_status(state, returns))
    if str(state) != draw(state):
        click.echo(f"text: {state}")


def _status(state: State, returns: int | None) -> str:
    """Whose move it is and the legal moves, or who has won: by the file, if it says so."""
    from arena.terminal.board import player_names

    names = player_names(state.game)
    if returns is None and state.is_terminal:
        returns = state.returns()[0]
    if returns is not None:
        result = "drawn" if returns == 0 else f"{names[0 if returns > 0 else 1]} has won"
        reason = state.ending if state.is_terminal else "the players ended it here"
        return result + (f" ({reason})" if reason else "")
    moves = _moves(state)
    shown = " ".join(moves[:_MOST_MOVES])
    more = f" and {len(moves) - _MOST_MOVES} more" if len(moves) > _MOST_MOVES else ""
    return f"{names[state.to_play]} to move; {len(moves)} legal: {shown}{more}"


def _moves(state: State) -> list[str]:
    from games.notation.moves import write_move

    return [write_move(state, action) for action in state.legal_actions()]


def _as_data(state: State) -> dict[str, Any]:
    return {
        "game": state.game.name,
        "position": str(state),
        "board": state.board(),
        "to_play": state.to_play,
        "is_terminal": state.is_terminal,
        "returns": list(state.returns()) if state.is_terminal else None,
        "legal": _moves(state),
    }
