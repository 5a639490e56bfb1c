"""Points, moves and setup stones in SGF.

Points of Go, Othello and Gomoku are two letters, column then row from the top left ("cd"); the
letter and number of some Othello programs ("c4") are also read. Points of Hex are a letter and a
number ("c4"), as FF[4] specifies and HexGui writes; the two letters of Little Golem are also read.
A pass is an empty value; "tt" is read as a pass. The swap of Hex is "swap-pieces"; Little Golem's
"swap" is also read.
"""

import re

from games.errors import GameError
from games.notation.sgf.games import base_name
from zero_core.games import Game, State

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PASS = "pass"
_SWAP = "swap"
_SWAPS = ("swap-pieces", _SWAP)


def is_swap(text: str) -> bool:
    """Whether a move of a Hex file is the swap."""
    return text.lower() in _SWAPS


def move_text(state: State, action: int) -> str:
    """The value of B or W for a legal action."""
    name = state.action_to_string(action)
    if name == _SWAP:
        return _SWAPS[0]
    return "" if name == _PASS else _point(state.game, state.square_of(action))


def read_move(state: State, text: str) -> int:
    """The legal action that the value of a B or W names. Raises GameError."""
    game = state.game
    if base_name(game) == "hex" and is_swap(text):
        return state.parse_action(_SWAP)
    if base_name(game) in ("go", "othello") and text.lower() in ("", "tt"):
        return state.parse_action(_PASS)
    row, column = _square(game, text)
    if state.board()[row][column] != ".":
        raise GameError("there is a stone already")
    return state.parse_action(game.board.columns[column] + game.board.rows[row])


def setup_properties(start: State) -> dict[str, list[str]]:
    """The root properties AB, AW and PL for a start that is not the initial state.

    Raises GameError if stones and the player to move do not say all of the state.
    """
    game = start.game
    if start == game.initial():
        return {}
    rows = start.board()
    if read_setup(game, rows, start.to_play) != start:
        raise GameError(f"{game.name}: '{start}' has a past, which SGF cannot set up")
    points = {"x": [], "o": []}  # type: dict[str, list[str]]
    for square, mark in enumerate("".join(rows)):
        if mark in points:
            points[mark].append(_point(game, square))
    found = {name: points[mark] for name, mark in (("AB", "x"), ("AW", "o")) if points[mark]}
    return found | {"PL": ["BW"[start.to_play]]}


def place_stones(game: Game, rows: list[str], mark: str, points: list[str]) -> list[str]:
    """The rows with `mark` ("x", "o" or ".") on the points, some written as rectangles "aa:cc".

    Raises GameError.
    """
    cells = [list(row) for row in rows]
    for text in points:
        first, _, second = text.partition(":")
        top, left = _square(game, first)
        bottom, right = _square(game, second) if second else (top, left)
        if bottom < top or right < left:
            raise GameError(f"[{text}]: a rectangle is its upper left and its lower right point")
        for row in range(top, bottom + 1):
            cells[row][left : right + 1] = mark * (right + 1 - left)
    return ["".join(row) for row in cells]


def read_setup(game: Game, rows: list[str], player: int) -> State:
    """The state with these stones, `player` to move, and no past. Raises GameError."""
    name, text = base_name(game), "/".join(rows)
    if name != "gomoku":  # there the numbers of stones say who moves
        text += f" {'xo'[player]}" + (" - 0 0" if name == "go" else "")
    state = game.parse(text)
    if state.to_play != player:
        raise GameError(f"with these stones it is not the move of {('black', 'white')[player]}")
    return state


def _point(game: Game, square: int) -> str:
    row, column = divmod(square, game.board.width)
    return _LETTERS[column] + (str(row + 1) if base_name(game) == "hex" else _LETTERS[row])


def _square(game: Game, text: str) -> tuple[int, int]:
    """Row and column of a point. Raises GameError."""
    height, width = game.board.height, game.board.width
    lower = text.lower()
    row = -1
    if re.fullmatch("[a-z][a-z]", lower):
        row = _LETTERS.index(lower[1])
    elif re.fullmatch("[a-z][1-9][0-9]?", lower) and base_name(game) in ("hex", "othello"):
        row = int(lower[1:]) - 1
    column = _LETTERS.index(lower[0]) if row >= 0 else -1
    if 0 <= column < width and 0 <= row < height:
        return row, column
    corner = _point(game, height * width - 1)
    raise GameError(f"not a point of {game.name}, whose bottom right corner is {corner}")
