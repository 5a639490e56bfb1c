"""The rules of the games: `make` a game, play its states, step many at once with `StateBatch`.

>>> import games
>>> state = games.make("connect_four").initial().apply(3)
>>> str(state), state.to_play, state.legal_actions()
('......./......./......./......./......./...x...', 1, [0, 1, 2, 3, 4, 5, 6])
"""

from games.catalogue import is_python, make, names, parameters, summary
from games.errors import ContractError, GameError, UserError
from games.python.rules import Rules
from games.python.wrapping import wrap
from zero_core.games import (
    ActionLayout,
    BoardSpec,
    Game,
    ObservationShape,
    State,
    StateBatch,
    build_info,
    perft,
    random_games,
)

__all__ = [
    "ActionLayout",
    "BoardSpec",
    "ContractError",
    "Game",
    "GameError",
    "ObservationShape",
    "Rules",
    "State",
    "StateBatch",
    "UserError",
    "build_info",
    "is_python",
    "make",
    "names",
    "parameters",
    "perft",
    "random_games",
    "summary",
    "wrap",
]
