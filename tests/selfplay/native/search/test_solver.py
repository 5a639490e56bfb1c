"""The solver: proofs of terminal positions go up the tree."""

import pytest

import games
from arena.solved import solve
from selfplay import RolloutEvaluator, SearchBatch, SearchResult, SearchSettings


def search(states: list[games.State], simulations: int, rule: str) -> list[SearchResult]:
    settings = SearchSettings(rule=rule, simulations=simulations, solver=True)
    batch = SearchBatch(states[0].game, settings, len(states))
    batch.start(states, list(range(len(states))))
    evaluator = RolloutEvaluator(1)
    while batch.advance():
        evaluator.evaluate(batch.batch)
    return batch.results()


@pytest.mark.parametrize("rule", ["puct", "uct"])
def test_what_is_proven_is_true(rule: str) -> None:
    """Every proof in tic-tac-toe agrees with the exhaustive solution, and nearly all succeed."""
    solution = solve(games.make("tic_tac_toe"))
    open_ones = [s for s in solution if not s.is_terminal and len(s.legal_actions()) <= 6]
    states = open_ones[::5]
    results = search(states, 2000, rule)
    assert sum(result.proven for result in results) >= 0.95 * len(results)
    for state, result in zip(states, results, strict=True):
        if result.proven:
            assert result.value == solution[state]
            after = state.apply(result.action)
            reached = after.returns()[state.to_play] if after.is_terminal else -solution[after]
            assert reached == solution[state]


def test_a_proven_win_is_played_and_learnt() -> None:
    game = games.make("connect_four")
    state = game.initial()
    for column in (3, 0, 3, 0, 3, 6):
        state = state.apply(column)
    (result,) = search([state], 400, "puct")
    assert (result.action, result.value, result.proven) == (3, 1.0, True)
    assert result.simulations < 400, "a proven root ends the search"
    assert result.policy[3] == 1.0


def test_a_proven_loss_is_not_learnt() -> None:
    """The player to move must block; all else is proven lost and leaves the target."""
    game = games.make("connect_four")
    state = game.initial()
    for column in (3, 0, 3, 0, 3):
        state = state.apply(column)
    (result,) = search([state], 400, "puct")
    assert result.action == 3
    assert result.policy[3] == 1.0
    assert not result.proven
