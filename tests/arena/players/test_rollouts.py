import games
from arena.players.limit import OWN, Limit
from arena.players.position import Position
from arena.players.rollouts import RolloutPlayer
from arena.players.specs import resolve

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


def test_rollouts_are_seeded():
    player = RolloutPlayer("mcts", 40)
    states = positions(30)
    one = player.choose(states, OWN, list(range(30)))
    again = player.choose(states, OWN, list(range(30)))
    other = player.choose(states, OWN, list(range(100, 130)))
    assert [d.thought.visits for d in one] == [d.thought.visits for d in again]
    assert [d.thought.visits for d in one] != [d.thought.visits for d in other]


def test_rollouts_see_a_win_and_a_threat():
    state = Position.of(GAME.initial(), 3, 0, 3, 0, 3)
    player = RolloutPlayer("mcts", 200)
    assert player.choose([state], OWN, [1])[0].action == 3  # o must block the fourth in column 4
    winning = state.apply(0)
    decision = player.choose([winning], OWN, [1])[0]
    assert decision.action == 3
    assert max(decision.thought.q) == 1.0


def test_ties_among_rollouts_are_broken_by_the_seed():
    """With as many simulations as moves all have one visit; results and the seed decide."""
    player = RolloutPlayer("mcts", 7)
    decisions = player.choose([START] * 200, OWN, list(range(200)))
    for decision in decisions:
        result = decision.thought
        assert result.visits == [1] * 7
        assert result.q[result.actions.index(decision.action)] == max(result.q)
    assert {d.action for d in decisions} == set(range(7))


def test_thinking_grows_and_decides():
    player = resolve("mcts:60", GAME)
    thinking = player.think(START, OWN, 5)
    seen = []
    while thinking.advance():
        seen.append(thinking.thought().simulations)
    assert seen == sorted(seen) and thinking.thought().simulations == 60
    assert not thinking.advance()
    assert thinking.decision().action in range(7)


def test_thinking_decides_as_choosing_does():
    player = resolve("mcts:60", GAME)
    for seed in range(20):
        (chosen,) = player.choose([START], OWN, [seed])
        alone = player.think(START, Limit(simulations=60), seed).finish()
        assert alone.action in range(7) and alone.thought.simulations == 60
        assert chosen.thought.simulations == 60


def test_no_simulations_is_a_seeded_random_move():
    decisions = resolve("mcts:60", GAME).choose([START] * 99, Limit(simulations=0), range(99))
    assert {decision.action for decision in decisions} == set(range(7))
