import pytest

import games
from arena.players.player import RandomPlayer, RolloutPlayer, SearchPlayer, evaluation_settings
from arena.players.specs import resolve
from selfplay import PositionEvaluator, SearchSettings, UniformEvaluator

GAME = games.make("connect_four")


def positions(count):
    """`count` different positions that are not over."""
    found = []
    for first in range(7):
        for second in range(7):
            for third in range(7):
                found.append(GAME.initial().apply(first).apply(second).apply(third))
    return found[:count]


def settings(**values):
    return SearchSettings(**values)


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


def test_random_play_is_legal_seeded_and_varied():
    states = positions(300)
    player = RandomPlayer()
    chosen = [d.action for d in player.choose(states, list(range(300)))]
    assert chosen == [d.action for d in player.choose(states, list(range(300)))]
    assert set(chosen) == set(range(7))
    assert all(a in s.legal_actions() for s, a in zip(states, chosen, strict=True))


def test_a_long_list_is_split_and_answered_in_order():
    counting = Counting(favours(2))
    player = SearchPlayer("p", counting, settings(simulations=4), rows=64)
    states = positions(150)
    decisions = player.choose(states, list(range(150)))
    assert [d.result.simulations for d in decisions] == [4] * 150
    assert {rows for rows, _ in counting.rows} == {64, 32}
    assert max(filled for _, filled in counting.rows) == 64
    for state, decision in zip(states, decisions, strict=True):
        assert decision.result.actions == state.legal_actions()


def test_seeds_must_match_the_states():
    player = SearchPlayer("p", UniformEvaluator(), settings(simulations=4))
    with pytest.raises(ValueError, match="3 states, but 2 seeds"):
        player.choose(positions(3), [1, 2])


def test_answers_do_not_depend_on_the_company():
    """With an evaluator without randomness, a position gets the same answer alone."""
    player = SearchPlayer("p", favours(3), settings(simulations=30), rows=16)
    states = positions(40)
    together = player.choose(states, list(range(40)))
    for index in (0, 17, 39):
        alone = player.choose([states[index]], [index])[0]
        assert alone.action == together[index].action
        assert alone.result.visits == together[index].result.visits


def test_no_simulations_is_the_raw_policy():
    player = SearchPlayer("p", favours(5), settings(simulations=0))
    for decision in player.choose(positions(20), [0] * 20):
        assert decision.action == 5
        assert sum(decision.result.visits) == 0


@pytest.mark.parametrize("rule", ["puct", "gumbel"])
def test_evaluation_play_has_no_noise(rule):
    noisy = settings(rule=rule, simulations=16, noise_fraction=0.9, gumbel_scale=5.0)
    player = SearchPlayer("p", favours(1), noisy)
    state = GAME.initial()
    results = [d.result.visits for d in player.choose([state] * 20, list(range(20)))]
    assert all(visits == results[0] for visits in results)
    assert (noisy.noise_fraction, noisy.gumbel_scale) == pytest.approx((0.9, 5.0))


def test_evaluation_settings_copies_every_other_setting():
    odd = settings(rule="uct", simulations=7, c_init=2.0, c_base=9.0, uct_c=3.0, virtual_loss=0.5)
    quiet = evaluation_settings(odd)
    assert quiet == odd.replace(noise_fraction=0.0, gumbel_scale=0.0)


def test_temperature_draws_in_proportion_to_visits():
    player = SearchPlayer("p", UniformEvaluator(), settings(simulations=70), temperature=1.0)
    state = GAME.initial()
    decisions = player.choose([state] * 400, list(range(400)))
    assert {d.action for d in decisions} == set(range(7))
    assert len({tuple(d.result.visits) for d in decisions}) == 1
    cold = SearchPlayer("p", favours(4), settings(simulations=70), temperature=0.05)
    assert {d.action for d in cold.choose([state] * 50, list(range(50)))} == {4}


def test_raw_policy_with_temperature_draws_from_the_priors():
    player = SearchPlayer("p", favours(4), settings(simulations=0), temperature=1.0)
    chosen = [d.action for d in player.choose([GAME.initial()] * 500, list(range(500)))]
    expected = 148.4 / (148.4 + 6)  # e^5 against six times e^0
    assert chosen.count(4) / 500 == pytest.approx(expected, abs=0.03)
    assert set(chosen) > {4}


def test_limits_make_another_player():
    player = SearchPlayer("p", favours(4), settings(simulations=70))
    weak = player.limited(5, 1.5)
    assert (weak.name, weak.settings.simulations, weak.temperature) == ("p", 5, 1.5)
    assert (player.settings.simulations, player.temperature) == (70, 0.0)
    assert weak.choose([GAME.initial()], [1])[0].result.simulations == 5


def test_rollouts_are_seeded():
    player = RolloutPlayer("mcts", 40)
    states = positions(30)
    one = player.choose(states, list(range(30)))
    again = player.choose(states, list(range(30)))
    other = player.choose(states, list(range(100, 130)))
    assert [d.result.visits for d in one] == [d.result.visits for d in again]
    assert [d.result.visits for d in one] != [d.result.visits for d in other]


def test_rollouts_see_a_win_and_a_threat():
    state = GAME.initial()
    for action in (3, 0, 3, 0, 3):
        state = state.apply(action)
    player = RolloutPlayer("mcts", 200)
    assert player.choose([state], [1])[0].action == 3  # o must block the fourth in column 4
    winning = state.apply(0)
    decision = player.choose([winning], [1])[0]
    assert decision.action == 3
    assert max(decision.result.q) == 1.0


def test_ties_among_rollouts_are_broken_by_the_seed():
    """With as many simulations as moves all have one visit; results and the seed decide."""
    player = RolloutPlayer("mcts", 7)
    decisions = player.choose([GAME.initial()] * 200, list(range(200)))
    for decision in decisions:
        result = decision.result
        assert result.visits == [1] * 7
        assert result.q[result.actions.index(decision.action)] == max(result.q)
    assert {d.action for d in decisions} == set(range(7))


def test_thinking_grows_and_decides():
    player = resolve("mcts:60", GAME)
    thinking = player.think(GAME.initial(), 5)
    seen = []
    while thinking.advance():
        seen.append(thinking.result().simulations)
    assert seen == sorted(seen) and thinking.result().simulations == 60
    assert not thinking.advance()
    assert player.decide(thinking.result(), 5).action in range(7)


def test_several_leaves_at_once():
    counting = Counting(favours(3))
    player = SearchPlayer("p", counting, settings(simulations=40), leaves=8)
    thinking = player.think(GAME.initial(), 1)
    while thinking.advance():
        pass
    assert thinking.result().simulations == 40
    assert len(counting.rows) < 20
    assert player.decide(thinking.result(), 1).action == 3


def test_gumbel_thinks_one_leaf_at_a_time():
    player = SearchPlayer("p", favours(3), settings(rule="gumbel", simulations=16))
    thinking = player.think(GAME.initial(), 1)
    while thinking.advance():
        pass
    assert player.decide(thinking.result(), 1).action == thinking.result().action == 3
