"""The search of one position: several leaves a batch, subtree reuse."""

import numpy as np
import pytest

import games
from selfplay import (
    PositionEvaluator,
    RolloutEvaluator,
    SearchBatch,
    SearchResult,
    SearchSettings,
    Thinker,
    UniformEvaluator,
)


def make_settings(simulations: int, rule: str = "puct") -> SearchSettings:
    return SearchSettings(rule=rule, simulations=simulations, noise_fraction=0.0)


def judge(state: games.State) -> tuple[list[float], list[float]]:
    """A deterministic answer from the position's key."""
    rng = np.random.default_rng(state.observation_key)
    win = float(rng.random())
    return list(rng.normal(size=len(state.legal_actions()))), [win, 0.0, 1.0 - win]


def think(thinker: Thinker, evaluator: object = None) -> SearchResult:
    evaluator = evaluator or PositionEvaluator(judge)
    while thinker.advance():
        evaluator.evaluate(thinker.batch)
    return thinker.result()


@pytest.mark.parametrize("rule", ["puct", "uct"])
def test_one_leaf_is_the_plain_search(rule: str) -> None:
    game = games.make("connect_four")
    thinker = Thinker(game, make_settings(150, rule), 1)
    thinker.start(game.initial(), 5)
    think(thinker)
    batch = SearchBatch(game, make_settings(150, rule), 1)
    batch.start([game.initial()], [5])
    while batch.advance():
        PositionEvaluator(judge).evaluate(batch.batch)
    visits = [[edge[2] for edge in node[3]] for node in thinker.dump()]
    assert visits == [[edge[2] for edge in node[3]] for node in batch.dump(0)]


@pytest.mark.parametrize("name", games.names())
@pytest.mark.parametrize("leaves", [2, 8, 64])
def test_several_leaves_keep_the_books(name: str, leaves: int) -> None:
    """Virtual loss leaves no trace: counts add up, means stay in range, nothing is pending."""
    game = games.make(name)
    thinker = Thinker(game, make_settings(300), leaves)
    thinker.start(game.initial(), 1)
    result = think(thinker)
    assert sum(result.visits) == 300 == result.simulations
    nodes = thinker.dump()
    for _player, terminal, value, edges in nodes:
        assert terminal == (not edges)
        assert -1.0 <= value <= 1.0
        for _action, _prior, visits, total, child in edges:
            assert child >= 0 or (child == -1 and visits == 0)
            assert abs(total) <= visits + 1e-9
            if visits and nodes[child][3]:
                assert visits == 1 + sum(edge[2] for edge in nodes[child][3])


def test_virtual_loss_spreads_the_batch() -> None:
    game = games.make("connect_four")
    thinker = Thinker(game, make_settings(400), 16)
    thinker.start(game.initial(), 1)
    sizes = []
    while rows := thinker.advance():
        sizes.append(rows)
        UniformEvaluator().evaluate(thinker.batch)
    assert sizes[0] == 1, "the root comes alone"
    assert max(sizes) == 16
    assert len(sizes) < 60


def test_apply_keeps_the_subtree() -> None:
    game = games.make("connect_four")
    thinker = Thinker(game, make_settings(200), 4)
    thinker.start(game.initial(), 1)
    before = think(thinker)
    kept = before.visits[before.actions.index(before.action)]
    thinker.apply(before.action)
    assert thinker.result().simulations == kept - 1
    after = think(thinker)
    assert after.simulations == 200
    assert after.principal_variation[:1] == [after.action]


def test_apply_in_the_middle_of_a_batch() -> None:
    game = games.make("tic_tac_toe")
    thinker = Thinker(game, make_settings(100), 8)
    thinker.start(game.initial(), 1)
    for _ in range(4):
        thinker.advance()
        UniformEvaluator().evaluate(thinker.batch)
    thinker.apply(4)
    assert sum(think(thinker, UniformEvaluator()).visits) == 100


@pytest.mark.parametrize("batches", range(2, 26))
def test_what_is_taken_back_can_be_chosen_again(batches: int) -> None:
    """The simulations that apply() drops leave every node with all its actions and priors."""
    game = games.make("tic_tac_toe")
    state = game.initial().apply(0).apply(4).apply(2)  # games end below, among open simulations
    thinker = Thinker(game, make_settings(400), 8)
    thinker.start(state, 1)
    evaluator = PositionEvaluator(judge)
    for _ in range(batches):
        thinker.advance()
        evaluator.evaluate(thinker.batch)
    thinker.advance()
    action = thinker.result().action
    thinker.apply(action)
    nodes = thinker.dump()
    for _player, terminal, _value, edges in nodes:
        actions = [edge[0] for edge in edges]
        assert actions == sorted(set(actions))
        assert terminal or sum(edge[1] for edge in edges) == pytest.approx(1.0)
        for _action, _prior, visits, total, child in edges:
            assert (visits == 0) == (child == -1)
            assert visits > 0 or total == 0.0
    assert [edge[0] for edge in nodes[0][3]] == state.apply(action).legal_actions()
    assert think(thinker, evaluator).simulations == 400


def test_a_look_at_a_gumbel_search_changes_nothing() -> None:
    game = games.make("connect_four")
    dumps = []
    for looks in (False, True):
        thinker = Thinker(game, make_settings(60, "gumbel"), 1)
        thinker.start(game.initial(), 1)
        count = 0
        while thinker.advance():
            if looks and count:
                assert thinker.result().simulations == count - 1
            PositionEvaluator(judge).evaluate(thinker.batch)
            count += 1
        dumps.append(thinker.dump())
    assert dumps[0] == dumps[1]


def test_finds_the_win_and_the_block() -> None:
    game = games.make("connect_four")
    three = game.initial()
    for column in (3, 0, 3, 0, 3):
        three = three.apply(column)
    thinker = Thinker(game, make_settings(200, "uct"), 4)
    thinker.start(three, 3)
    assert think(thinker, RolloutEvaluator(1)).action == 3, "the second player must block"
    thinker.start(three.apply(0), 3)
    assert think(thinker, RolloutEvaluator(1)).action == 3, "the first player wins at once"


def test_a_look_at_a_growing_search_shows_no_virtual_loss() -> None:
    game = games.make("connect_four")
    thinker = Thinker(game, make_settings(200), 8)
    thinker.start(game.initial(), 1)
    looks = 0
    while rows := thinker.advance():
        if looks:
            result = thinker.result()
            assert result.value == 0.0 and set(result.q) == {0.0}
            assert result.simulations == sum(result.visits) <= 200 - rows
        looks += 1
        UniformEvaluator().evaluate(thinker.batch)
    assert looks > 10


def test_sizes_and_settings_are_checked() -> None:
    game = games.make("connect_four")
    bad = make_settings(1).model_copy(update={"simulations": -1})
    for make in (SearchBatch, Thinker):
        with pytest.raises(games.GameError, match="simulations=-1"):
            make(game, bad, 1)
        for rows in (0, -1):
            with pytest.raises(games.GameError, match="at least 1"):
                make(game, make_settings(10), rows)


def test_misuse_is_refused() -> None:
    game = games.make("tic_tac_toe")
    with pytest.raises(games.GameError, match="one leaf at a time"):
        Thinker(game, make_settings(10, "gumbel"), 2)
    thinker = Thinker(game, make_settings(10), 2)
    with pytest.raises(games.GameError, match="nothing was searched"):
        thinker.result()
    over = game.initial()
    for square in (0, 3, 1, 4, 2):
        over = over.apply(square)
    with pytest.raises(games.GameError, match="over"):
        thinker.start(over, 1)
    with pytest.raises(games.UserError, match="rule='alphabeta': expected 'puct', 'gumbel'"):
        make_settings(10, "alphabeta")
