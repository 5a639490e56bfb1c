"""A picture of a position: SVG or PNG for reports, or an array of pixels.

The picture uses only `game.board` and `state.board()`, so every game with a drawn board has one:
squares (chequered for pieces that move, green for stones), columns, points with stones on the
crossings, and hexagons. Matplotlib draws it, without a display.
"""

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.errors import GameError, UserError
from games.notation.library import library
from zero_core.games import State

FORMS = ("svg", "png")
PIXELS = 640  # of the longer side, unless told

_INK, _PAPER = "#222222", "#ffffff"
_STONES = {"x": ("#1b1b1b", "#000000"), "o": ("#fafafa", "#4a4a4a")}  # fill, edge
_DISCS = {"x": ("#d8432f", "#a52a1a"), "o": ("#f5c83b", "#c49a12")}
_HEX_STONES = {"x": ("#cf3a30", "#8f1f18"), "o": ("#2f66c4", "#1b3f80")}
_LIGHT, _DARK = "#f0dcb8", "#b98a62"
_GREEN, _GREEN_LINE = "#3f8f5f", "#1f5a38"
_WOOD, _WOOD_LINE = "#e3b968", "#5b4420"
_BLUE = "#2e62b0"
_HEX_CELL, _HEX_LINE = "#f4efe4", "#9a8f7c"
_MARK = "#e8c33a"
_CHESS = "KQRBNP"
_MARGIN = 0.75  # of a square, for the coordinates


def encode(state: State, form: str, last: int | None = None, pixels: int = PIXELS) -> bytes:
    """The content of a file with the position; `form` is "svg" or "png".

    `last`: the square (row * width + column of the drawn board) of the last move, which is marked;
    `state_before.square_of(action)` gives it, and less than 0 is none. `pixels`: the longer side.
    The same position gives the same bytes. Raises UserError for another form, GameError for a game
    without a drawn board.
    """
    if form not in FORMS:
        raise UserError(f"a picture is {' or '.join(FORMS)}, not {form!r}")
    figure = _figure(state, last, pixels)
    # Text as outlines, identifiers that do not change, no date: the same file everywhere.
    with library("matplotlib").rc_context({"svg.fonttype": "path", "svg.hashsalt": "zero"}):
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        file = io.BytesIO()
        figure.savefig(file, format=form, metadata=metadata)
    return file.getvalue()


def rgb(state: State, last: int | None = None, pixels: int = PIXELS) -> NDArray[np.uint8]:
    """The position as uint8[H, W, 3], the longer of H and W being `pixels`; `last` as in `encode`.

    Raises GameError for a game without a drawn board.
    """
    figure = _figure(state, last, pixels)
    figure.canvas.draw()
    picture: NDArray[np.uint8] = np.array(figure.canvas.buffer_rgba())[:, :, :3]
    return np.ascontiguousarray(picture)


def _figure(state: State, last: int | None, pixels: int) -> Any:
    """A matplotlib figure with the board, which fills it."""
    board = state.game.board
    if board.style == "none":
        raise GameError(f"{state.game.name} has no drawn board; it is shown by its text alone")
    if not 16 <= pixels <= 8192:
        raise UserError(f"a picture of {pixels} pixels is not possible; give 16 to 8192")
    figure_class = library("matplotlib.figure").Figure
    canvas_class = library("matplotlib.backends.backend_agg").FigureCanvasAgg
    pen = Pen(state, None if last is None or last < 0 else last)
    left, right, bottom, top = pen.extent()
    inch = pixels / 100 / max(right - left, top - bottom)
    figure = figure_class(((right - left) * inch, (top - bottom) * inch), dpi=100, facecolor=_PAPER)
    canvas_class(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    pen.draw(axes, inch * 72)  # points a square
    return figure


class Pen:
    """Draws one position. A square is 1 x 1; the middle of square (row, column) is at `at`."""

    def __init__(self, state: State, last: int | None) -> None:
        self._board = state.game.board
        self._cells = state.board()
        self._last = last
        self._kind = state.game.layout.kind
        self._hexagonal = self._board.style == "hexagons"

    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of the picture."""
        height, width = self._board.height, self._board.width
        if self._hexagonal:
            right, bottom = self.at(height - 1, width - 1)
            return -1.6, right + 1.6, bottom - 1.1, 1.5
        rows = _MARGIN if self._board.rows else 0.25
        return -0.5 - rows, width - 0.25, -height + 0.5 - _MARGIN, 0.75

    def draw(self, axes: Any, points: float) -> None:
        """Draw it all; `points` typographic points are the side of a square."""
        self._axes, self._points = axes, points
        drawn: dict[str, Callable[[], None]] = {
            "squares": self._columns if self._kind == "columns" else self._squares,
            "points": self._crossings,
            "hexagons": self._hexagons,
        }
        drawn[self._board.style]()
        self._coordinates()

    def at(self, row: int, column: int) -> tuple[float, float]:
        """The middle of a square; y grows upwards, row 0 is the top one."""
        if self._hexagonal:  # pointed upwards, each row half a hexagon further to the right
            return column + row / 2, -row * 0.75**0.5
        return float(column), float(-row)

    def _pieces(self) -> Iterator[tuple[str, int, int]]:
        """Character, row and column of all that stands on the board."""
        for row, line in enumerate(self._cells):
            for column, character in enumerate(line):
                if character != ".":
                    yield character, row, column

    def _is_last(self, row: int, column: int) -> bool:
        return self._last == row * self._board.width + column

    def _squares(self) -> None:
        height, width = self._board.height, self._board.width
        chequered = self._kind in ("planes", "other")
        for row in range(height):
            for column in range(width):
                # A dark square at the bottom left corner.
                light = (row + column + height) % 2 == 0
                colour = (_LIGHT if light else _DARK) if chequered else _GREEN
                if chequered and self._is_last(row, column):
                    colour = _MARK
                self._box(row, column, colour, colour if chequered else _GREEN_LINE)
        for character, row, column in self._pieces():
            self._piece(character, row, column, ring=not chequered)
        self._frame(_INK if chequered else _GREEN_LINE)

    def _columns(self) -> None:
        """A grid that stones fall into."""
        for row, line in enumerate(self._cells):
            for column, character in enumerate(line):
                self._box(row, column, _BLUE, _BLUE)
                if character == ".":
                    self._disc(row, column, 0.4, _PAPER, "#1d4480")
        for character, row, column in self._pieces():
            self._stone(character, row, column, 0.4, _DISCS)
        self._frame("#1d4480")

    def _crossings(self) -> None:
        """A grid of lines, with stones on the crossings."""
        height, width = self._board.height, self._board.width
        rectangle = library("matplotlib.patches").Rectangle
        self._axes.add_patch(rectangle((-0.6, 0.4 - height), width + 0.2, height + 0.2, fc=_WOOD))
        pen = {
            "color": _WOOD_LINE,
            "linewidth": self._points * 0.03,
            "solid_capstyle": "projecting",
        }
        for row in range(height):
            self._axes.plot([0, width - 1], [-row, -row], zorder=1, **pen)
        for column in range(width):
            self._axes.plot([column, column], [0, 1 - height], zorder=1, **pen)
        for row, column in star_points(height, width):
            self._disc(row, column, 0.1, _WOOD_LINE, _WOOD_LINE)
        for character, row, column in self._pieces():
            self._stone(character, row, column, 0.46, _STONES)

    def _hexagons(self) -> None:
        """A slanted board; each player's two sides have the colour of the stones."""
        polygon = library("matplotlib.patches").RegularPolygon
        for row in range(self._board.height):
            for column in range(self._board.width):
                cell = polygon(self.at(row, column), 6, radius=3**-0.5, fc=_HEX_CELL, zorder=1)
                cell.set(edgecolor=_HEX_LINE, linewidth=self._points * 0.03)
                self._axes.add_patch(cell)
        far_x, far_y = self.at(self._board.height - 1, self._board.width - 1)
        for player, side in zip("xo", self._hexagonal_sides(), strict=True):
            # The opposite side is the same line turned by half a turn.
            for line in (side, [(far_x - x, far_y - y) for x, y in side]):
                pen = {"color": _HEX_STONES[player][0], "linewidth": self._points * 0.28}
                # Under the cells, which cover its inner half.
                self._axes.plot(*zip(*line, strict=True), zorder=0, solid_capstyle="butt", **pen)
        for character, row, column in self._pieces():
            self._stone(character, row, column, 0.38, _HEX_STONES)

    def _hexagonal_sides(self) -> Iterator[list[tuple[float, float]]]:
        """The outlines of the top side and of the left one, corner by corner."""
        rise = 3**-0.5
        top = [
            (column + x, y)
            for column in range(self._board.width)
            for x, y in ((-0.5, rise / 2), (0.0, rise))
        ]
        yield [*top, (top[-1][0] + 0.25, 0.75 * rise)]
        firsts = [self.at(row, 0) for row in range(self._board.height)]
        left = [(x - 0.5, y + side * rise / 2) for x, y in firsts for side in (1, -1)]
        yield [*left, (left[-1][0] + 0.25, left[-1][1] - rise / 4)]

    def _piece(self, character: str, row: int, column: int, ring: bool) -> None:
        """A stone, a chess piece, or the letter of another piece."""
        if character in _STONES:
            self._stone(character, row, column, 0.4, _STONES, ring)
        elif character.upper() in _CHESS:
            place = _CHESS.index(character.upper())
            solid, outline = chr(0x265A + place), chr(0x2654 + place)
            if character.isupper():
                self._glyph(solid, row, column, 0.95, "#ffffff", halo=0.04)
                self._glyph(outline, row, column, 0.95, "#000000")
            else:
                self._glyph(solid, row, column, 0.95, "#000000")
        else:
            self._glyph(character, row, column, 0.7, _INK)

    def _stone(
        self,
        character: str,
        row: int,
        column: int,
        radius: float,
        colours: dict[str, tuple[str, str]],
        ring: bool = True,
    ) -> None:
        """A stone; `ring`: the last one is marked by a ring in it."""
        if character not in colours:
            self._glyph(character, row, column, 0.7, _INK)
            return
        self._disc(row, column, radius, *colours[character])
        if ring and self._is_last(row, column):
            mark = "#111111" if character == "o" and colours is not _HEX_STONES else "#ffffff"
            self._disc(row, column, radius * 0.5, "none", mark, 0.07)

    def _box(self, row: int, column: int, fill: str, edge: str) -> None:
        x, y = self.at(row, column)
        rectangle = library("matplotlib.patches").Rectangle
        width = self._points * 0.03
        self._axes.add_patch(rectangle((x - 0.5, y - 0.5), 1, 1, fc=fill, ec=edge, linewidth=width))

    def _disc(
        self, row: int, column: int, radius: float, fill: str, edge: str, line: float = 0.03
    ) -> None:
        circle = library("matplotlib.patches").Circle
        disc = circle(self.at(row, column), radius, fc=fill, ec=edge, zorder=3)
        disc.set_linewidth(self._points * line)
        self._axes.add_patch(disc)

    def _frame(self, colour: str) -> None:
        rectangle = library("matplotlib.patches").Rectangle
        size = (self._board.width, self._board.height)
        frame = rectangle((-0.5, 0.5 - size[1]), *size, fill=False, ec=colour, zorder=2)
        frame.set_linewidth(self._points * 0.05)
        self._axes.add_patch(frame)

    def _glyph(
        self, text: str, row: int, column: int, size: float, colour: str, halo: float = 0.0
    ) -> None:
        """A character in the middle of a square, `size` squares high; `halo` closes its gaps."""
        drawn = self._write(text, *self.at(row, column), size, colour)
        if halo:
            effects = library("matplotlib.patheffects")
            line = effects.withStroke(linewidth=self._points * halo, foreground=colour)
            drawn.set_path_effects([line])

    def _write(self, text: str, x: float, y: float, size: float, colour: str) -> Any:
        font = {"family": "DejaVu Sans", "fontsize": self._points * size, "color": colour}
        return self._axes.text(x, y, text, ha="center", va="center_baseline", zorder=4, **font)

    def _coordinates(self) -> None:
        """The names of the columns and rows at the edge of the board."""
        height, width = self._board.height, self._board.width
        size = min(0.42, 0.1 + 0.032 * max(height, width))
        for column, name in enumerate(self._board.columns):
            if self._hexagonal:
                self._write(name, column - 0.4, 0.92, size, _INK)
            else:
                self._write(name, column, -height + 0.5 - _MARGIN / 2, size, _INK)
        for row, name in enumerate(self._board.rows):
            x, y = self.at(row, 0)
            self._write(name, x - (1.05 if self._hexagonal else 0.5 + _MARGIN / 2), y, size, _INK)


def star_points(height: int, width: int) -> list[tuple[int, int]]:
    """Row and column of the points that are marked on a board of Go or Gomoku.

    The corners of the third line (boards under 13 lines) or of the fourth, the middle, and from 19
    lines the middles of the sides; none on boards under 7 lines.
    """
    if min(height, width) < 7:
        return []

    def lines(count: int) -> list[int]:
        edge = 3 if count >= 13 else 2
        return [edge, count // 2, count - 1 - edge] if count % 2 else [edge, count - 1 - edge]

    rows, columns = lines(height), lines(width)
    crossings = [(row, column) for row in rows for column in columns]
    if min(height, width) >= 19:
        return crossings
    outer = {(row, column) for row in (rows[0], rows[-1]) for column in (columns[0], columns[-1])}
    middle = (height // 2, width // 2)
    return [crossing for crossing in crossings if crossing in outer or crossing == middle]
