"""The promises of the numbers that describe a game."""

import games
from games.testing.failure import require


def check_description(game: games.Game) -> None:
    """Numbers that must fit each other, and the initial state."""
    layout = game.layout
    squares = layout.height * layout.width
    sizes = {
        "columns": layout.width,
        "points": squares,
        "points_and_pass": squares + 1,
        "planes": squares * layout.planes,
        "other": layout.width,
    }
    require(
        layout.kind in sizes, game, f"layout.kind is {layout.kind!r}; it is one of {list(sizes)}"
    )
    require(
        sizes[layout.kind] == game.num_actions,
        game,
        f"the layout {layout.kind!r} has {sizes[layout.kind]} actions, num_actions is "
        f"{game.num_actions}",
    )
    require(0 < game.num_actions <= 1 << 16, game, "num_actions is not within 1 to 65536")
    require(
        0 < game.max_legal_actions <= game.num_actions,
        game,
        f"max_legal_actions is {game.max_legal_actions}, num_actions {game.num_actions}",
    )
    require(game.max_plies > 0, game, "max_plies is not positive")
    require(game.num_symmetries > 0, game, "num_symmetries counts the identity, so is at least 1")
    shape = game.observation
    require(
        shape.planes + shape.scalars > 0 and min(shape.height, shape.width) > 0,
        game,
        "the observation has neither planes nor scalars, or no squares",
    )
    require(game.goal.isprintable(), game, f"goal is not one line: {game.goal!r}")
    _check_board(game)
    initial = game.initial()
    require(initial == game.initial(), game, "initial() differs from one call to the next")
    require(initial.to_play == 0, game, "player 0 must move first")
    require(not initial.is_terminal, game, "the initial state is terminal")
    require(initial.game is game, game, "initial().game is another game")


def _check_board(game: games.Game) -> None:
    """The description of the drawn board fits itself."""
    board = game.board
    styles = ["squares", "points", "hexagons", "none"]
    require(board.style in styles, game, f"board.style is {board.style!r}; it is one of {styles}")
    if board.style == "none":
        return
    require(min(board.height, board.width) > 0, game, "the drawn board has no squares")
    require(
        len(board.columns) == board.width and len(board.rows) in (0, board.height),
        game,
        f"board.columns and board.rows name {len(board.columns)} columns and {len(board.rows)} "
        f"rows of a board of {board.height} x {board.width}",
    )
