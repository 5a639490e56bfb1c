"""Files of whole games, recognised by their suffix: .sgf and .pgn."""

from pathlib import Path

from games.errors import GameError, UserError
from games.notation import pgn, sgf
from games.notation.transcript import Transcript
from zero_core.games import Game

ENDINGS = (".sgf", ".pgn")


def read_file(path: str | Path, game: Game | None = None) -> list[Transcript]:
    """The games of a file, as sgf.read and pgn.read read them.

    Raises UserError for a file that cannot be read or has another ending, and GameError, which
    begins with the path, for what is wrong in it.
    """
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        raise UserError(f"{path}: a file of games ends in {' or '.join(ENDINGS)}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    try:
        if path.suffix.lower() == ".sgf":
            return sgf.read(data, game)
        return pgn.read(_text(data), game)
    except GameError as error:
        raise GameError(f"{path}: {error}") from None


def _text(data: bytes) -> str:
    """PGN is UTF-8 today; older files are Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
