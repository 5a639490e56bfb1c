"""A game in Python makes the same searches, games and samples as the same rules in C++."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import games
from games import ContractError
from games.examples.tic_tac_toe import TicTacToe
from selfplay import (
    Actors,
    Evaluator,
    GameRecord,
    Pool,
    PoolSettings,
    RolloutEvaluator,
    SearchBatch,
    SearchSettings,
    Thinker,
    UniformEvaluator,
    Window,
)

NATIVE = games.make("tic_tac_toe")
PYTHON = games.make("games.examples.tic_tac_toe:TicTacToe")
OPENSPIEL = "openspiel:tic_tac_toe"


def search_settings(rule: str, simulations: int = 60) -> SearchSettings:
    settings = SearchSettings()
    settings.rule = rule
    settings.simulations = simulations
    return settings


def states_of(game: games.Game) -> list[games.State]:
    """Some positions, the same in every game."""
    lines: Sequence[Sequence[int]] = ((), (4,), (0, 4), (0, 1, 2), (0, 4, 8, 2), (1, 3, 5, 7))
    states = []
    for line in lines:
        state = game.initial()
        for action in line:
            state = state.apply(action)
        states.append(state)
    return states


def trees(game: games.Game, rule: str, noise: bool) -> list[Any]:
    states = states_of(game)
    batch = SearchBatch(game, search_settings(rule), len(states))
    batch.start(states, list(range(len(states))), noise)
    while batch.advance():
        UniformEvaluator().evaluate(batch.batch)
    return [batch.dump(row) for row in range(len(states))]


@pytest.mark.parametrize("rule", ["puct", "uct", "gumbel"])
@pytest.mark.parametrize("name", [PYTHON.name, OPENSPIEL])
def test_the_trees_are_the_same_node_for_node(rule: str, name: str) -> None:
    expected = trees(NATIVE, rule, noise=rule != "uct")
    assert sum(len(tree) for tree in expected) > 200
    assert trees(games.make(name), rule, noise=rule != "uct") == expected


def test_thinking_is_the_same() -> None:
    found = []
    for game in (NATIVE, PYTHON):
        thinker = Thinker(game, search_settings("puct", 100), 8)
        thinker.start(game.initial(), 3)
        while thinker.advance():
            UniformEvaluator().evaluate(thinker.batch)
        thinker.apply(4)
        while thinker.advance():
            UniformEvaluator().evaluate(thinker.batch)
        found.append(thinker.dump())
    assert found[0] == found[1]


def records(game: games.Game, rollouts: bool, threads: int = 1) -> list[GameRecord]:
    settings = PoolSettings()
    settings.search = search_settings("uct" if rollouts else "puct", 24)
    settings.slots, settings.groups, settings.seed, settings.threads = 96, 2, 5, threads
    pool = Pool(game, settings)
    pool.set_limit(120)
    evaluators: list[Evaluator] = [RolloutEvaluator(7), RolloutEvaluator(7)]
    Actors(pool, evaluators if rollouts else [UniformEvaluator(), UniformEvaluator()]).play()
    return pool.take_records()


@pytest.mark.parametrize("rollouts", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
def test_self_play_makes_the_same_games(rollouts: bool, threads: int) -> None:
    expected = records(NATIVE, rollouts)
    assert len(expected) == 120
    assert records(PYTHON, rollouts, threads) == expected


def test_the_window_samples_the_same() -> None:
    samples = []
    for game in (NATIVE, PYTHON):
        window = Window(game)
        for record in records(NATIVE, rollouts=True):
            window.add(GameRecord.decode(game, record.encode()))
        samples.append(window.sample(64, seed=1, step=2, threads=2))
    for key, array in samples[0].items():
        assert np.array_equal(array, samples[1][key]), key


class Failing(TicTacToe):
    """Fails where five stones stand."""

    def observe(self, state: Any) -> Any:
        if (state[0] | state[1]).bit_count() == 5:
            raise LookupError("no such thing")
        return state


class Stuck(TicTacToe):
    """Fails there too, but where rollouts notice, which observe nothing."""

    def legal_actions(self, state: Any) -> Any:
        if (state[0] | state[1]).bit_count() == 5:
            raise LookupError("no such thing")
        return super().legal_actions(state)


class Endless(TicTacToe):
    """Says that its games are shorter than they are."""

    max_plies = 4


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(
    ("rollouts", "rules", "operation"),
    [
        (False, Failing(), "observe"),
        (False, Stuck(), "legal_actions"),
        (True, Stuck(), "legal_actions"),
    ],
)
def test_a_failure_stops_all_workers_and_arrives_once(
    rollouts: bool, rules: TicTacToe, operation: str, threads: int
) -> None:
    game = games.wrap(rules)
    for _ in range(2):
        with pytest.raises(LookupError, match="no such thing") as caught:
            records(game, rollouts, threads)
        assert len(caught.value.__notes__) == 1
        assert f"{operation} of the game" in caught.value.__notes__[0]


def test_a_failure_in_a_search_leaves_it_usable() -> None:
    game = games.wrap(Failing())
    batch = SearchBatch(game, search_settings("puct"), 1)
    start = game.parse("xo./.x./...")
    for _ in range(2):
        batch.start([start], [1])
        with pytest.raises(LookupError):
            while batch.advance():
                UniformEvaluator().evaluate(batch.batch)


def test_a_failure_in_sampling_threads_arrives() -> None:
    game = games.wrap(Failing())
    window = Window(game)
    for record in records(NATIVE, rollouts=True):
        window.add(GameRecord.decode(game, record.encode()))
    with pytest.raises(LookupError):
        window.sample(256, seed=1, step=2, threads=4)
    assert window.positions > 0  # its lock is free again


@pytest.mark.parametrize("rollouts", [False, True])
def test_games_longer_than_they_should_be(rollouts: bool) -> None:
    with pytest.raises(ContractError, match="goes on after max_plies = 4 plies"):
        records(games.wrap(Endless()), rollouts)
