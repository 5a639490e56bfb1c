"""Chess positions in FEN, and as boards of python-chess, which knows the notations of chess."""

from typing import Any

from games.errors import GameError
from games.notation.library import library
from zero_core import games as core
from zero_core.games import Game, State


def is_chess(game: Game) -> bool:
    """Whether the game is chess, with whatever parameters."""
    return game.name.partition("?")[0] == "chess"


def board_of(state: State) -> Any:
    """The chess.Board of a state of chess, with the moves that its text remembers.

    Raises UserError if python-chess is not installed, and GameError for another game.
    """
    if not is_chess(state.game):
        raise GameError(f"{state.game.name} is not chess")
    chess = library("chess")
    fen, _, moves = str(state).partition(" moves ")
    board = chess.Board(fen)
    for move in moves.split():
        board.push_uci(move)
    return board


def read_fen(text: str, game: Game | None = None) -> State:
    """The state of chess that a FEN describes, as whatever program writes it.

    Programs differ in when they name an en-passant square, and some leave the two counters out;
    the state has the one canonical form. `game`: chess with its parameters; by default the usual
    ones. Raises GameError for a malformed FEN and an impossible position.
    """
    game = core.make_game("chess") if game is None else game
    try:
        return game.parse(text)
    except GameError as error:
        refused = error
    try:
        board = library("chess").Board(text.strip())
    except ValueError as error:
        raise GameError(f"{game.name}: {_short(error)}") from None
    for en_passant in ("legal", "fen"):
        try:
            return game.parse(board.fen(en_passant=en_passant))
        except GameError as error:
            refused = error
    raise refused


def write_fen(state: State) -> str:
    """The FEN of a state of chess, without the past. Raises as `board_of`."""
    fen: str = board_of(state).fen()
    return fen


def _short(error: ValueError) -> str:
    """The first line of what python-chess says, cut short."""
    return " ".join(str(error).split())[:200]
