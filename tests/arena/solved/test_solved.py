from collections import Counter

import pytest

import games
from arena.players.player import Decision, RandomPlayer, SearchPlayer
from arena.players.specs import resolve
from arena.solved import (
    Rate,
    all_positions,
    connect_four_positions,
    has_solved_positions,
    is_mistake,
    mistakes,
    solve,
    solved_positions,
)
from games.errors import UserError
from selfplay import SearchSettings, UniformEvaluator


class Perfect:
    """Plays an action of the highest value, from the table of positions."""

    name = "perfect"

    def __init__(self, positions, worst=False):
        pick = min if worst else max
        self.best = {
            p.state: pick(zip(p.values, p.state.legal_actions(), strict=True))[1] for p in positions
        }

    def choose(self, states, seeds):
        return [Decision(self.best[state]) for state in states]


@pytest.fixture(scope="module")
def connect_four():
    return connect_four_positions()


@pytest.fixture(scope="module")
def tic_tac_toe():
    return all_positions(games.make("tic_tac_toe"))


def test_the_shipped_positions(connect_four):
    assert Counter(p.label for p in connect_four) == {
        f"{phase} {difficulty}": 150
        for phase, difficulties in (
            ("opening", ("easy", "medium", "hard")),
            ("middle", ("easy", "medium", "hard")),
            ("late", ("easy", "medium")),
        )
        for difficulty in difficulties
    }
    for position in connect_four:
        assert len(set(position.values)) > 1, "the outcome hangs on the move"
        for action, value in zip(position.state.legal_actions(), position.values, strict=True):
            after = position.state.apply(action)
            if after.is_terminal:
                assert after.returns()[position.state.to_play] == value


def test_late_positions_agree_with_plain_minimax(connect_four):
    def value(state, known):
        if state not in known:
            if state.is_terminal:
                known[state] = state.returns()[state.to_play]
            else:
                known[state] = max(-value(state.apply(a), known) for a in state.legal_actions())
        return known[state]

    checked = 0
    for position in connect_four:
        if str(position.state).count(".") > 8:
            continue
        known = {}
        after = [position.state.apply(a) for a in position.state.legal_actions()]
        assert tuple(-value(child, known) for child in after) == position.values
        checked += 1
    assert checked > 30


def test_tic_tac_toe_is_solved(tic_tac_toe):
    values = solve(games.make("tic_tac_toe"))
    assert len(values) == 5478
    assert len(tic_tac_toe) == sum(not state.is_terminal for state in values) == 4520
    assert values[games.make("tic_tac_toe").initial()] == 0
    empty = next(p for p in tic_tac_toe if p.label == "ply 0")
    assert empty.values == (0,) * 9
    # After a corner, only the centre holds.
    corner = next(p for p in tic_tac_toe if str(p.state) == "x../.../...")
    assert [
        a for a, v in zip(corner.state.legal_actions(), corner.values, strict=True) if v == 0
    ] == [4]


def test_symmetric_positions_have_equal_values():
    values = solve(games.make("tic_tac_toe"))
    for state, value in values.items():
        for symmetry in (1, 4, 7):
            assert values[state.transform(symmetry)] == value


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
    settings = SearchSettings(simulations=0)
    raw = SearchPlayer("uniform policy", UniformEvaluator(), settings)
    report = mistakes(raw, connect_four)
    first_legal = sum(is_mistake(p, p.state.legal_actions()[0]) for p in connect_four)
    assert report.overall.mistakes == first_legal


def test_an_illegal_answer_is_a_mistake(connect_four):
    assert is_mistake(connect_four[0], 99)


def test_which_games_have_positions():
    assert has_solved_positions(games.make("tic_tac_toe"))
    assert not has_solved_positions(games.make("othello"))
    assert len(solved_positions(games.make("connect_four"))) == 1200
    assert len(solved_positions(games.make("tic_tac_toe"))) == 4520
    with pytest.raises(UserError, match="othello has more than 500 positions"):
        all_positions(games.make("othello"), limit=500)


def test_small_othello_is_won_by_the_second_player():
    """A known result; passes give the move back, so values must not be turned by plies."""
    game = games.make("othello?size=4")
    values = solve(game)
    assert values[game.initial()] == -1
    passes = [s for s in values if s.legal_actions() == [game.num_actions - 1]]
    assert len(passes) > 100
    assert all(values[s] == -values[s.apply(game.num_actions - 1)] for s in passes)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("late\teasy\t1", "line 1"),
        ("late\teasy\t18\t1 1 1 1 1 1 1", "line 1"),
        ("late\teasy\t1\t1 1 1 1 1 1", "do not fit"),
        ("late\teasy\t1\tx 1 1 1 1 1 1", "do not fit"),
        ("late\teasy\t1111111\t1 1 1 1 1 1 1", "not legal"),
        ("late\teasy\t1\t1 1 ? 1 1 1 1", "line 1"),
    ],
)
def test_malformed_lines_are_named(line, message):
    with pytest.raises(UserError, match=message):
        connect_four_positions(line + "\n")


def test_rates():
    rate = Rate(12, 150)
    assert str(rate) == "8.0 % [4.6, 13.5] (12 of 150)"
    assert Rate(0, 0).share == 0.0 and Rate(0, 0).interval == (0.0, 1.0)
