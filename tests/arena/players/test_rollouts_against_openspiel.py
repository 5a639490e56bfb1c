"""`mcts:N` is the yardstick of every strength figure: it must be as good as anyone's.

OpenSpiel's MCTSBot, with the same number of simulations, one rollout each and the same exploration
constant, is the independent second opinion.
"""

import json

import pytest

import games
from arena.matches.match import play_match
from arena.players.player import Player
from arena.players.specs import resolve
from arena.players.thinking import Decision
from arena.solved import mistakes, solved_positions

pyspiel = pytest.importorskip("pyspiel")

GAME = games.make("connect_four")


class OpenSpielSearch(Player):
    """OpenSpiel's MCTSBot as a player of Connect Four."""

    def __init__(self, simulations, solve):
        self.name = f"openspiel:{simulations}"
        self._simulations = simulations
        self._solve = solve
        self._game = pyspiel.load_game("connect_four")

    def choose(self, positions, limit, seeds):
        return [
            Decision(self._bot(seed % 2**31).step(self._converted(position.state)))
            for position, seed in zip(positions, seeds, strict=True)
        ]

    def _bot(self, seed):
        rollouts = pyspiel.RandomRolloutEvaluator(1, seed)
        megabytes, verbose = 100, False
        return pyspiel.MCTSBot(
            self._game, rollouts, 1.4, self._simulations, megabytes, self._solve, seed, verbose
        )

    def _converted(self, state):
        position = {
            "board": [list(row) for row in reversed(str(state).split("/"))],
            "current_player": "xo"[state.to_play],
            "is_terminal": False,
            "winner": "",
        }
        converted = self._game.new_initial_state(json.dumps(position))
        assert converted.legal_actions() == state.legal_actions()
        return converted


def test_mistakes_are_as_rare():
    positions = solved_positions(GAME)[::3]
    ours = mistakes(resolve("mcts:100", GAME), positions, seed=1).overall.share
    theirs = mistakes(OpenSpielSearch(100, solve=False), positions, seed=1).overall.share
    assert ours == pytest.approx(theirs, abs=0.07)
    assert ours < 0.22


def test_a_match_is_close():
    result = play_match(
        GAME, resolve("mcts:100", GAME), OpenSpielSearch(100, solve=False), 60, seed=2, plies=4
    )
    assert result.unique > 55
    assert result.forfeits == (0, 0)
    assert result.rating.elo_low < 60 and result.rating.elo_high > -60
