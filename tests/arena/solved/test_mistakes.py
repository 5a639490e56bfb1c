import pytest

import games
from arena.players.player import Player
from arena.players.random import RandomPlayer
from arena.players.search import SearchPlayer
from arena.players.specs import resolve
from arena.players.thinking import Decision
from arena.solved import Rate, is_mistake, mistakes, solved_positions
from selfplay import SearchSettings, UniformEvaluator


class Perfect(Player):
    """Plays an action of the highest value, from the table of positions."""

    name = "perfect"

    def __init__(self, positions, worst=False):
        pick = min if worst else max
        self.best = {
            p.state: pick(zip(p.values, p.state.legal_actions(), strict=True))[1] for p in positions
        }

    def choose(self, positions, limit, seeds):
        return [Decision(self.best[position.state]) for position in positions]


@pytest.fixture(scope="module")
def connect_four():
    return solved_positions(games.make("connect_four"))


@pytest.fixture(scope="module")
def tic_tac_toe():
    return solved_positions(games.make("tic_tac_toe"))


def test_a_perfect_player_makes_no_mistake(connect_four, tic_tac_toe):
    for positions in (connect_four, tic_tac_toe):
        best = mistakes(Perfect(positions), positions)
        assert best.overall.mistakes == 0 and best.overall.count == len(positions)
        assert best.overall.interval[0] == 0.0 and best.overall.interval[1] > 0.0
        worst = mistakes(Perfect(positions, worst=True), positions)
        hanging = sum(len(set(p.values)) > 1 for p in positions)
        assert worst.overall.mistakes == hanging


def test_classes_add_up(connect_four):
    report = mistakes(RandomPlayer(), connect_four, seed=5)
    assert report.player == "random"
    assert sum(r.mistakes for r in report.classes.values()) == report.overall.mistakes
    assert sum(r.count for r in report.classes.values()) == 1200
    expected = sum(sum(v < max(p.values) for v in p.values) / len(p.values) for p in connect_four)
    assert report.overall.mistakes == pytest.approx(expected, abs=4 * 1200**0.5 / 2)
    assert report.to_dict()["classes"]["late easy"]["count"] == 150


def test_rollouts_err_less_than_random_play(connect_four):
    some = connect_four[::6]
    game = games.make("connect_four")
    searched = mistakes(resolve("mcts:100", game), some)
    assert searched.overall.share < 0.25
    assert mistakes(RandomPlayer(), some).overall.share > 0.4


def test_the_raw_policy_is_a_player_too(connect_four):
    settings = SearchSettings()
    settings.simulations = 0
    raw = SearchPlayer("uniform policy", UniformEvaluator(), settings)
    report = mistakes(raw, connect_four)
    first_legal = sum(is_mistake(p, p.state.legal_actions()[0]) for p in connect_four)
    assert report.overall.mistakes == first_legal


def test_an_illegal_answer_is_a_mistake(connect_four):
    assert is_mistake(connect_four[0], 99)


def test_rates():
    rate = Rate(12, 150)
    assert str(rate) == "8.0 % [4.6, 13.5] (12 of 150)"
    assert Rate(0, 0).share == 0.0 and Rate(0, 0).interval == (0.0, 1.0)
