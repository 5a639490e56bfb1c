import pytest

import games
from arena.matches.match import play_match
from arena.players.levels import LEVELS, at_level
from arena.players.random import RandomPlayer
from arena.players.specs import resolve
from games.errors import UserError

GAME = games.make("tic_tac_toe")


def test_levels_grow_and_are_checked():
    player = resolve("mcts:50", GAME)
    limits = [at_level(player, level) for level in range(1, 11)]
    simulations = [p.settings.simulations for p in limits]
    temperatures = [p.temperature for p in limits]
    assert simulations == sorted(simulations) and simulations[0] < simulations[-1]
    assert temperatures == sorted(temperatures, reverse=True) and temperatures[-1] == 0.0
    assert len(set(LEVELS)) == 10
    for level in (0, 11, -3):
        with pytest.raises(UserError, match="from 1 to 10"):
            at_level(player, level)
    assert [p.name for p in limits[:2]] == ["mcts:50 at level 1", "mcts:50 at level 2"]
    assert player.name == "mcts:50" and player.settings.simulations == 50
    with pytest.raises(UserError, match="'random' has no levels"):
        at_level(RandomPlayer(), 3)


def test_a_higher_level_is_stronger():
    game = games.make("connect_four")
    player = resolve("mcts:50", game)
    result = play_match(game, at_level(player, 7), at_level(player, 2), 40, seed=1, plies=4)
    assert result.rating.elo_low > 100
