"""The board as plain text, with the coordinates for typing moves.

It reads only `game.board` and `state.board()`, so it can show every game with a drawn board; for
other games it shows the text form. Hexagons are drawn as rows that shift to the right, so that each
point touches two above and two below it.
"""

from games import Game, State

EMPTY = "."
_STONES = "xo"  # of the first and of the second player
_LEGAL = "+"
_FIRST, _SECOND = "\x1b[1;34m", "\x1b[1;33m"
_COLOURS = {"x": _FIRST, "o": _SECOND, _LEGAL: "\x1b[32m", EMPTY: "\x1b[2m"}
_PLAIN = "\x1b[0m"


def draw(
    state: State, last: int | None = None, *, legal: bool = False, colour: bool = False
) -> str:
    """The board, one line a row, without a newline at the end.

    `last`: the square of the last move, row * width + column, which stands in brackets; less than 0
    is none. `legal`: mark the squares where a stone may be put with "+", where the rules of the
    game make that a question. `colour`: with terminal colours, which repeat what the letters say.
    """
    rows = [list(row) for row in state.board()]
    if not rows:
        return state.picture()
    board = state.game.board
    if legal:
        _mark_legal(state, rows)
    marked = divmod(last, board.width) if last is not None and last >= 0 else (-1, -1)
    slanted = board.style == "hexagons"
    names = max((len(name) for name in board.rows), default=0)
    lines = []
    for r, row in enumerate(rows):
        name = f" {board.rows[r]:>{names}} " if names else ""
        column = marked[1] if marked[0] == r else -1
        line = _dense_row(row, column, colour) if slanted else _row(row, column, colour)
        lines.append(" " * r * slanted + name + line.rstrip())
    # The names of the columns stand next to row 1, or below where rows have no names.
    margin = " " * (names + 2 if names else 0)
    header = _header(board.columns, slanted)
    above = names > 0 and board.rows[-1] != "1"
    lines.insert(0 if above else len(lines), (margin + header).rstrip())
    return "\n".join(lines)


def player_names(game: Game) -> tuple[str, str]:
    """What the two players are called: by their stones, else white and black, else by number."""
    pieces = set("".join(game.initial().board()).replace(EMPTY, ""))
    if game.board.style == "none":
        return "player 1", "player 2"
    return ("white", "black") if pieces - set(_STONES) else ("x", "o")


def _row(row: list[str], marked: int, colour: bool) -> str:
    cells = [_coloured(character, colour) for character in row]
    return "".join(f"[{c}]" if i == marked else f" {c} " for i, c in enumerate(cells))


def _dense_row(row: list[str], marked: int, colour: bool) -> str:
    """The same with one place between two squares, so that the next row can move by half of two."""
    gaps = [" "] * (len(row) + 1)
    if marked >= 0:
        gaps[marked : marked + 2] = "[", "]"
    cells = [_coloured(character, colour) for character in row]
    return "".join(gap + cell for gap, cell in zip(gaps, cells, strict=False)) + gaps[-1]


def _header(names: list[str], slanted: bool) -> str:
    return " ".join(names) if slanted else "".join(f"{name:^3}" for name in names)


def _coloured(character: str, colour: bool) -> str:
    if not colour:
        return character
    if character in _COLOURS:
        return _COLOURS[character] + character + _PLAIN
    return (_FIRST if character.isupper() else _SECOND) + character + _PLAIN


def _mark_legal(state: State, rows: list[list[str]]) -> None:
    """On squares (as in Othello): a point of Go or Hex may be played unless it is taken, with few
    exceptions, and where pieces move, or fall, a square does not say which move is meant."""
    board, layout = state.game.board, state.game.layout
    if board.style != "squares" or layout.kind not in ("points", "points_and_pass"):
        return
    squares = [square for a in state.legal_actions() if (square := state.square_of(a)) >= 0]
    if len(squares) == sum(row.count(EMPTY) for row in rows):
        return
    for square in squares:
        row, column = divmod(square, board.width)
        if rows[row][column] == EMPTY:
            rows[row][column] = _LEGAL
