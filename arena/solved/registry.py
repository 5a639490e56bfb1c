"""One table: which games have solved positions, and where the positions come from."""

from collections.abc import Callable

from arena.solved.connect_four import connect_four_positions
from arena.solved.positions import SolvedPosition, all_positions
from games import Game

Provider = Callable[[Game], list[SolvedPosition]]

_providers: dict[str, Provider] = {
    "connect_four": connect_four_positions,
    "othello?size=4": all_positions,
    "tic_tac_toe": all_positions,
}


def register(game_name: str, provider: Provider) -> None:
    """Gives a game, named with its parameters, solved positions; its checkpoints are rated on them.

    `provider` is called once a run. A game of at most 200,000 positions may have `all_positions`.
    """
    _providers[game_name] = provider


def has_solved_positions(game: Game) -> bool:
    """Whether solved positions are registered for the game."""
    return game.name in _providers


def solved_positions(game: Game) -> list[SolvedPosition]:
    """The registered positions of a game, else all of a small game.

    Raises UserError if there are none and the game is too large to solve.
    """
    return _providers.get(game.name, all_positions)(game)
