"""Pictures of positions: right in size, the same every time, and showing what is on the board."""

import random
import xml.etree.ElementTree

import numpy as np
import pytest

import games
from games import picture
from games.errors import GameError, UserError

NAMES = [
    "tic_tac_toe",
    "connect_four",
    "othello",
    "othello?size=4",
    "go",
    "go?size=2",
    "gomoku",
    "hex",
    "hex?size=3",
    "breakthrough",
    "chess",
]


def played(name, plies, seed=1):
    """A state after random plies without a pass, and the square of the last move."""
    rng = random.Random(seed)
    state, last = games.make(name).initial(), None
    for _ in range(plies):
        if not state.is_terminal:
            action = rng.choice([a for a in state.legal_actions() if state.square_of(a) >= 0])
            last, state = state.square_of(action), state.apply(action)
    return state, last


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_of_pixels(name):
    state, last = played(name, 6)
    plain = picture.rgb(state, pixels=240)
    height, width, channels = plain.shape
    assert (plain.dtype, channels, max(height, width)) == (np.uint8, 3, 240)
    assert min(height, width) > 100
    assert len(np.unique(plain.reshape(-1, 3), axis=0)) > 3
    assert (picture.rgb(state, pixels=240) == plain).all()
    assert (picture.rgb(state, last, 240) != plain).any(), "the last move is not marked"
    assert (picture.rgb(state, -1, 240) == plain).all(), "a pass marks nothing"


@pytest.mark.parametrize("name", NAMES)
def test_each_stone_and_piece_changes_the_picture_at_its_square_alone(name):
    """The pixels that differ after a move lie in the squares that differ."""
    state, _ = played(name, 4)
    action = state.legal_actions()[0]
    after = state.apply(action)
    board = state.game.board
    changed = (picture.rgb(state, pixels=600) != picture.rgb(after, pixels=600)).any(axis=2)
    before_cells, after_cells = "".join(state.board()), "".join(after.board())
    squares = [i for i in range(len(before_cells)) if before_cells[i] != after_cells[i]]
    assert squares and changed.any()
    left, right, bottom, top = picture.Pen(state, None).extent()
    scale = 600 / max(right - left, top - bottom)
    for square in squares:
        x, y = picture.Pen(state, None).at(*divmod(square, board.width))
        column, row = round((x - left) * scale), round((top - y) * scale)
        half = round(scale * 0.5) + 2
        patch = changed[max(0, row - half) : row + half, max(0, column - half) : column + half]
        assert patch.any(), f"nothing changes at square {square}"
        patch[:] = False
    assert not changed.any(), "something changes elsewhere"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", picture.FORMS)
def test_the_same_position_gives_the_same_bytes(name, form):
    state, last = played(name, 5)
    data = picture.encode(state, form, last, 200)
    assert data == picture.encode(state, form, last, 200)
    assert data != picture.encode(played(name, 2)[0], form, None, 200)
    if form == "svg":
        root = xml.etree.ElementTree.fromstring(data)
        assert root.tag.endswith("svg") and b"<text" not in data
        sides = [float(x) for x in root.attrib["viewBox"].split()][2:]
        assert max(sides) == pytest.approx(144)  # 200 pixels at 100 to the inch, in points
    else:
        assert data.startswith(b"\x89PNG")
        width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
        assert max(width, height) == 200


def test_what_is_refused():
    state = games.make("othello").initial()
    with pytest.raises(UserError, match="svg or png, not 'jpg'"):
        picture.encode(state, "jpg")
    for pixels in (0, 15, 10**6):
        with pytest.raises(UserError, match="not possible"):
            picture.rgb(state, pixels=pixels)


class Described:
    """A state of no game, with a board to draw."""

    class Game:
        name = "described"

        def __init__(self, style, rows, kind):
            self.board = self.layout = self
            self.style, self.kind = style, kind
            self.height, self.width = len(rows), len(rows[0]) if rows else 0
            self.columns = [chr(ord("a") + i) for i in range(self.width)]
            self.rows = [str(i + 1) for i in range(self.height)]

    def __init__(self, style, rows, kind="points"):
        self.game = self.Game(style, rows, kind)
        self.board = lambda: rows


def test_a_game_without_a_board_is_refused():
    with pytest.raises(GameError, match="no drawn board"):
        picture.rgb(Described("none", []))


def test_any_letter_is_drawn():
    blank = picture.rgb(Described("squares", ["...", "..."], "planes"))
    seen = {blank.tobytes()}
    letters = "xoPNBRQKpnbrqkAz7$"  # "$" begins mathematics in texts of matplotlib
    for letter in letters:
        seen.add(picture.rgb(Described("squares", ["$..", f".{letter}."], "planes")).tobytes())
    assert len(seen) == 1 + len(letters)
    for style in ("points", "hexagons"):
        assert picture.rgb(Described(style, ["$..", ".A."])).any()


@pytest.mark.parametrize(
    ("size", "points"), [(5, 0), (7, 5), (8, 4), (9, 5), (13, 5), (15, 5), (19, 9)]
)
def test_star_points(size, points):
    found = picture.star_points(size, size)
    assert len(found) == points
    assert all((size - 1 - row, size - 1 - column) in found for row, column in found)
    if size == 19:
        assert {row for row, _ in found} == {3, 9, 15}
