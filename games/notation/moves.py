"""Moves as people write them: SAN in chess ("Nf3"), the game's own notation everywhere.

The own notation of chess is UCI ("g1f3").
"""

import re
from typing import Any

from games.errors import ContractError, GameError, UserError
from games.notation.chess_board import board_of, is_chess
from zero_core.games import Game, State

_SHOWN = 40  # legal moves in an error message
_NUMBER = re.compile(r"^\d+\.+ ?")


def notation_of(game: Game) -> str:
    """How moves of the game are written, for "a move is typed as ..."."""
    if is_chess(game):
        return "Nf3 or as g1f3"
    state = game.initial()
    example = state.action_to_string(state.legal_actions()[0])
    passes = ", or pass" if game.layout.kind == "points_and_pass" else ""
    swaps = ", or swap to take the first stone" if "swap=yes" in game.name else ""
    return f"the board names it, like {example}{passes}{swaps}"


def write_move(state: State, action: int) -> str:
    """A legal action as people write it. Raises GameError.

    Without python-chess, moves of chess are written in UCI.
    """
    name = state.action_to_string(action)
    if not is_chess(state.game):
        return name
    try:
        board = board_of(state)
        san: str = board.san(board.parse_uci(name))
    except GameError:
        raise
    except UserError:
        return name
    except ValueError:
        raise GameError(f"{state.game.name}: {name} is not legal at '{state}'") from None
    return san


def read_move(state: State, text: str) -> int:
    """The legal action that the text names. Raises GameError that lists the legal ones.

    Chess: SAN or UCI; without python-chess UCI alone is read.
    """
    try:
        return state.parse_action(text)
    except GameError:
        if not is_chess(state.game):
            raise
        try:
            board = board_of(state)
        except UserError:
            pass  # without python-chess
        else:
            return _read_san(state, board, text)
        raise


def read_moves(state: State, text: str) -> list[int]:
    """The actions of a line of play, separated by spaces; move numbers ("3." or "3...") may stand.

    Raises GameError that names the place of the first that is wrong.
    """
    actions: list[int] = []
    rest = " ".join(text.split())
    while rest := _NUMBER.sub("", rest):
        name = _first_move(state, rest)
        try:
            actions.append(read_move(state, name))
        except ContractError:
            raise  # the game itself is at fault, not what was written
        except GameError as error:
            raise GameError(f"move {len(actions) + 1}: {error}") from None
        state = state.apply(actions[-1])
        rest = rest[len(name) :].lstrip()
    return actions


def _read_san(state: State, board: Any, text: str) -> int:
    try:
        return state.parse_action(board.parse_san(text).uci())
    except ValueError:  # of python-chess, or GameError for its null move
        names = [write_move(state, action) for action in state.legal_actions()]
    legal = " ".join(names[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")
    given = " ".join(text.split())[:40]
    raise GameError(f"{state.game.name}: {given!r} is not a move here; legal: {legal}")


def _first_move(state: State, text: str) -> str:
    """The first move of a line: a word, unless the game names moves by several."""
    names = [state.action_to_string(action) for action in state.legal_actions()]
    several = [name for name in names if " " in name and f"{text} ".startswith(f"{name} ")]
    return max(several, key=len, default=text.partition(" ")[0])
