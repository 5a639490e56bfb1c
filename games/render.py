"""A position as plain text and as a small picture, drawn with numpy alone."""

import numpy as np
from numpy.typing import NDArray

from games import State

CELL = 24  # pixels
BOARD, LINE = (222, 184, 120), (120, 90, 50)
DARK, LIGHT = (30, 30, 30), (245, 245, 245)  # the pieces of players 0 and 1


def board_text(state: State) -> str:
    """The drawn board: rows from the top, a blank between two squares."""
    return "\n".join(" ".join(row) for row in state.board())


def picture(state: State) -> NDArray[np.uint8]:
    """The board as uint8[CELL * height, CELL * width, 3]: a disc for each stone or piece."""
    rows = state.board()
    across = np.arange(CELL) - (CELL - 1) / 2
    disc = across[:, None] ** 2 + across**2 < (0.4 * CELL) ** 2
    pixels = np.empty((CELL * len(rows), CELL * len(rows[0]), 3), np.uint8)
    pixels[:] = BOARD
    pixels[::CELL] = pixels[:, ::CELL] = LINE
    for y, row in enumerate(rows):
        for x, piece in enumerate(row):
            if piece != ".":
                first = piece == "x" or piece.isupper()
                cell = pixels[CELL * y : CELL * (y + 1), CELL * x : CELL * (x + 1)]
                cell[disc] = DARK if first else LIGHT
    return pixels
