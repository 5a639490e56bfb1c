import pytest

import games
from arena.players.limit import OWN, UNTIL_STOPPED, Limit
from arena.players.position import Position
from arena.players.search import SearchPlayer
from games.errors import UserError
from selfplay import PositionEvaluator, SearchSettings, UniformEvaluator

GAME = games.make("connect_four")
START = Position.of(GAME.initial())


def positions(count):
    """`count` different positions that are not over."""
    found = []
    for first in range(7):
        for second in range(7):
            for third in range(7):
                found.append(START.apply(first).apply(second).apply(third))
    return found[:count]


def settings(**values):
    made = SearchSettings()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def favours(column):
    """An evaluator that believes in one column, and that all positions are drawn."""

    def answer(state):
        logits = [5.0 if action == column else 0.0 for action in state.legal_actions()]
        return logits, (0.0, 1.0, 0.0)

    return PositionEvaluator(answer)


class Counting:
    """Another evaluator; remembers the shapes of its batches."""

    def __init__(self, evaluator):
        self.evaluator = evaluator
        self.rows = []

    def evaluate(self, batch):
        self.rows.append((batch.rows, int((batch.counts > 0).sum())))
        self.evaluator.evaluate(batch)


def test_a_long_list_is_split_and_answered_in_order():
    counting = Counting(favours(2))
    player = SearchPlayer("p", counting, settings(simulations=4), rows=64)
    states = positions(150)
    decisions = player.choose(states, OWN, list(range(150)))
    assert [d.thought.simulations for d in decisions] == [4] * 150
    assert {rows for rows, _ in counting.rows} == {64, 32}
    assert max(filled for _, filled in counting.rows) == 64
    for state, decision in zip(states, decisions, strict=True):
        assert decision.thought.actions == state.state.legal_actions()


def test_seeds_must_match_the_states():
    player = SearchPlayer("p", UniformEvaluator(), settings(simulations=4))
    with pytest.raises(ValueError, match="3 states, but 2 seeds"):
        player.choose(positions(3), OWN, [1, 2])


def test_answers_do_not_depend_on_the_company():
    """With an evaluator without randomness, a position gets the same answer alone."""
    player = SearchPlayer("p", favours(3), settings(simulations=30), rows=16)
    states = positions(40)
    together = player.choose(states, OWN, list(range(40)))
    for index in (0, 17, 39):
        alone = player.choose([states[index]], OWN, [index])[0]
        assert alone.action == together[index].action
        assert alone.thought.visits == together[index].thought.visits


def test_no_simulations_is_the_raw_policy():
    player = SearchPlayer("p", favours(5), settings(simulations=0))
    for decision in player.choose(positions(20), OWN, [0] * 20):
        assert decision.action == 5
        assert sum(decision.thought.visits) == 0


@pytest.mark.parametrize("rule", ["puct", "gumbel"])
def test_evaluation_play_has_no_noise(rule):
    noisy = settings(rule=rule, simulations=16, noise_fraction=0.9, gumbel_scale=5.0)
    player = SearchPlayer("p", favours(1), noisy)
    results = [d.thought.visits for d in player.choose([START] * 20, OWN, list(range(20)))]
    assert all(visits == results[0] for visits in results)
    assert (noisy.noise_fraction, noisy.gumbel_scale) == pytest.approx((0.9, 5.0))


def test_temperature_draws_in_proportion_to_visits():
    player = SearchPlayer("p", UniformEvaluator(), settings(simulations=70), temperature=1.0)
    decisions = player.choose([START] * 400, OWN, list(range(400)))
    assert {d.action for d in decisions} == set(range(7))
    assert len({tuple(d.thought.visits) for d in decisions}) == 1
    cold = SearchPlayer("p", favours(4), settings(simulations=70), temperature=0.05)
    assert {d.action for d in cold.choose([START] * 50, OWN, list(range(50)))} == {4}


def test_raw_policy_with_temperature_draws_from_the_priors():
    player = SearchPlayer("p", favours(4), settings(simulations=0), temperature=1.0)
    chosen = [d.action for d in player.choose([START] * 500, OWN, list(range(500)))]
    expected = 148.4 / (148.4 + 6)  # e^5 against six times e^0
    assert chosen.count(4) / 500 == pytest.approx(expected, abs=0.03)
    assert set(chosen) > {4}


def test_limits_make_another_player():
    player = SearchPlayer("p", favours(4), settings(simulations=70))
    weak = player.limited(Limit(simulations=5), 1.5)
    assert (weak.name, weak.settings.simulations, weak.temperature) == ("p", 5, 1.5)
    assert (player.settings.simulations, player.temperature) == (70, 0.0)
    assert weak.choose([START], OWN, [1])[0].thought.simulations == 5


def test_several_leaves_at_once():
    counting = Counting(favours(3))
    player = SearchPlayer("p", counting, settings(simulations=40), leaves=8)
    thinking = player.think(START, OWN, 1)
    while thinking.advance():
        pass
    assert thinking.thought().simulations == 40
    assert len(counting.rows) < 20
    assert thinking.decision().action == 3


def test_gumbel_thinks_one_leaf_at_a_time():
    player = SearchPlayer("p", favours(3), settings(rule="gumbel", simulations=16))
    thinking = player.think(START, OWN, 1)
    while thinking.advance():
        pass
    assert thinking.decision().action == thinking.thought().action == 3


def test_a_limit_of_simulations_holds_for_one_call():
    player = SearchPlayer("p", favours(4), settings(simulations=30))
    for limit, made in ((OWN, 30), (Limit(simulations=9), 9), (Limit(simulations=0), 0), (OWN, 30)):
        decisions = player.choose(positions(5), limit, list(range(5)))
        assert [d.thought.simulations for d in decisions] == [made] * 5
        assert player.think(START, limit, 1).finish().thought.simulations == made


def test_a_limited_choice_is_that_of_a_player_made_so():
    whole = SearchPlayer("p", favours(2), settings(simulations=90, c_init=2.0))
    small = SearchPlayer("p", favours(2), settings(simulations=12, c_init=2.0))
    asked, seeds = positions(20), list(range(20))
    limited = whole.choose(asked, Limit(simulations=12), seeds)
    assert [d.thought.visits for d in limited] == [
        d.thought.visits for d in small.choose(asked, OWN, seeds)
    ]


def test_seconds_end_a_search_and_each_position_has_them_all():
    player = SearchPlayer("p", favours(4), settings(simulations=5))
    decisions = player.choose(positions(3), Limit(seconds=0.05), [1, 2, 3])
    assert all(5 < d.thought.simulations < 10_000_000 for d in decisions)
    both = player.choose(positions(3), Limit(simulations=7, seconds=60.0), [1, 2, 3])
    assert [d.thought.simulations for d in both] == [7] * 3


def test_gumbel_keeps_its_plan_where_only_time_limits_it():
    player = SearchPlayer("p", favours(3), settings(rule="gumbel", simulations=16))
    (decision,) = player.choose([START], Limit(seconds=60.0), [1])
    assert (decision.thought.simulations, decision.action) == (16, 3)


def test_a_depth_is_refused():
    player = SearchPlayer("p", favours(3), settings(simulations=16))
    message = "'p' cannot be limited by depth; give simulations or seconds"
    for ask in (player.choose, lambda p, limit, s: player.think(p[0], limit, s[0])):
        with pytest.raises(UserError, match=message):
            ask([START], Limit(depth=3), [1])


def test_thinking_until_stopped():
    thinking = SearchPlayer("p", favours(3), settings(simulations=4)).think(START, UNTIL_STOPPED, 1)
    assert thinking.thought() is None and thinking.position is START
    for _ in range(30):
        assert thinking.advance()
    thinking.stop()
    assert not thinking.advance() and not thinking.advance()
    assert thinking.thought().simulations > 30
    assert thinking.decision().action == 3


def test_thinking_that_is_stopped_at_once_still_has_a_move():
    thinking = SearchPlayer("p", favours(3), settings(simulations=400)).think(START, OWN, 1)
    thinking.stop()
    decision = thinking.decision()
    assert decision.action in range(7) and decision.thought.simulations <= 8


def test_thinking_says_which_limit_holds():
    player = SearchPlayer("p", favours(3), settings(simulations=40))
    assert player.think(START, OWN, 1).limit == Limit(simulations=40)
    assert player.think(START, Limit(seconds=2.0), 1).limit == Limit(seconds=2.0)


def test_search_gives_the_results_themselves():
    player = SearchPlayer("p", favours(3), settings(simulations=0))
    asked = positions(4)
    found = player.search([position.state for position in asked], [0] * 4)
    assert [result.raw_value for result in found] == [0.0] * 4
    assert [r.priors for r in found] == [
        d.thought.priors for d in player.choose(asked, OWN, [0] * 4)
    ]
