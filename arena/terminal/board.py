"""The board as plain text, with the coordinates that moves are typed in.

Only the text form of a state and the game's action layout are used, so that every game whose text
is rows of single characters ("x" the first player, "o" the second, "." empty) is drawn; any other
is shown by its text form.
"""

import re

from games import Game, State

MARKS = "xo"  # of the first and of the second player
EMPTY = "."
_LEGAL = "+"
_COLOURS = {"x": "\x1b[1;34m", "o": "\x1b[1;33m", _LEGAL: "\x1b[32m", EMPTY: "\x1b[2m"}
_PLAIN = "\x1b[0m"


def draw(
    state: State, last_action: int | None = None, *, legal: bool = False, colour: bool = False
) -> str:
    """The board, one line a row, without a newline at the end.

    The point of `last_action` stands in brackets. `legal`: mark the points that may be played with
    "+", unless all empty ones may. `colour`: with terminal colours, which repeat what the letters
    say.
    """
    rows = cells(state)
    if rows is None:
        return state.picture()
    layout = state.game.layout
    marked = _last_point(state.game, rows, last_action)
    if legal and layout.kind != "columns":
        _mark_legal(state, rows)
    lines = []
    for r, row in enumerate(rows):
        drawn = [_cell(c, marked == (r, i), colour) for i, c in enumerate(row)]
        lines.append("".join(drawn).rstrip())
    if layout.kind == "columns":
        lines.append(_header([state.action_to_string(c) for c in range(layout.width)]))
        return "\n".join(lines)
    columns, row_names = _point_names(state)
    width = max(len(name) for name in row_names)
    lines = [f" {name:>{width}} {line}" for name, line in zip(row_names, lines, strict=True)]
    return "\n".join([" " * (width + 2) + _header(columns), *lines])


def cells(state: State) -> list[list[str]] | None:
    """The characters of the board by row, from the top; None if the text form has no such rows."""
    layout = state.game.layout
    rows = [list(row) for row in str(state).split()[0].split("/")]
    fits = len(rows) == layout.height and all(len(row) == layout.width for row in rows)
    return rows if fits and layout.kind in ("columns", "points", "points_and_pass") else None


def _cell(character: str, marked: bool, colour: bool) -> str:
    shown = character
    if colour and character in _COLOURS:
        shown = _COLOURS[character] + character + _PLAIN
    return f"[{shown}]" if marked else f" {shown} "


def _header(names: list[str]) -> str:
    return "".join(f"{name:^3}" for name in names).rstrip()


def _last_point(game: Game, rows: list[list[str]], action: int | None) -> tuple[int, int] | None:
    """Where the last move was made; in a game of columns, the highest stone of its column."""
    width, height = game.layout.width, game.layout.height
    if action is None:
        return None
    if game.layout.kind == "columns":
        filled = [r for r in range(height) if rows[r][action] != EMPTY]
        return (filled[0], action) if filled else None
    return divmod(action, width) if action < width * height else None


def _mark_legal(state: State, rows: list[list[str]]) -> None:
    width = state.game.layout.width
    points = [divmod(a, width) for a in state.legal_actions() if a < width * len(rows)]
    if len(points) == sum(row.count(EMPTY) for row in rows):
        return
    for r, c in points:
        rows[r][c] = _LEGAL


def _point_names(state: State) -> tuple[list[str], list[str]]:
    """The names of the columns and of the rows, from the names of the points, such as "c4"."""
    height, width = state.game.layout.height, state.game.layout.width
    top = [state.action_to_string(column) for column in range(width)]
    left = [state.action_to_string(row * width) for row in range(height)]
    return [re.sub("[0-9]+$", "", name) for name in top], [re.sub("^[^0-9]+", "", n) for n in left]
