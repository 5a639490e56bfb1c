"""The labelled positions of Connect Four that come with the package."""

from importlib import resources

from arena.solved.positions import SolvedPosition
from games import Game
from games.errors import UserError

_FILE = "connect_four.tsv"
_FULL_COLUMN = "x"


def connect_four_positions(game: Game) -> list[SolvedPosition]:
    """1,200 Connect Four positions in which the outcome hangs on the move, 150 a class.

    There are 8 classes: the stage (opening 4-13 plies, middle 14-25, late 26-39) and the difficulty
    (plies to the end under perfect play: easy <= 8, medium <= 18, hard more).
    """
    text = (resources.files("arena.solved") / "data" / _FILE).read_text("ascii")
    return read_positions(game, text)


def read_positions(game: Game, text: str) -> list[SolvedPosition]:
    """The positions of a text, one a line.

    Each line holds, tab-separated: stage, difficulty, the columns (1-7) played from the empty
    board, and the score of each column ("x" if full), whose sign is the result for the mover.
    Raises UserError for a malformed line.
    """
    return [_read_line(game, n, line) for n, line in enumerate(text.splitlines(), start=1)]


def _read_line(game: Game, number: int, line: str) -> SolvedPosition:
    try:
        stage, difficulty, columns, scores = line.split("\t")
        state = game.initial()
        for column in columns:
            state = state.apply(int(column) - 1)
        given = scores.split()
        legal = [column for column, score in enumerate(given) if score != _FULL_COLUMN]
        if len(given) != game.num_actions or legal != list(state.legal_actions()):
            raise ValueError("the scores do not fit the legal columns")
        values = tuple(_sign(int(given[column])) for column in legal)
    except ValueError as error:
        raise UserError(f"solved positions, line {number}: {error}") from None
    return SolvedPosition(state, values, f"{stage} {difficulty}")


def _sign(score: int) -> int:
    return (score > 0) - (score < 0)
