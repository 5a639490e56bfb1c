"""Leaves evaluated in their canonical orientation: the answer never depends on who asked before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import games
from games.examples.tic_tac_toe import TicTacToe
from selfplay import Actors, Batch, Evaluator, GameRecord, Pool, PoolSettings, SearchSettings
from selfplay.evaluator import PositionEvaluator
from selfplay.reference.rng import mix64

Said = tuple[Sequence[float], Sequence[float]]
PLENTY = 50_000_000


def answer(state: games.State) -> Said:
    """An evaluator that no symmetry leaves as it is: a hash of what the network would see."""
    key = state.observation_key
    logits = [mix64(key ^ action) % 1000 / 250 for action in state.legal_actions()]
    win = mix64(key + 1) % 1025 / 1024
    return logits, (win, 0.0, 1.0 - win)


def turned_answer(state: games.State) -> Said:
    """The same in the canonical orientation, said once more in Python."""
    game = state.game
    symmetry = min(
        range(game.num_symmetries), key=lambda s: (state.transform(s).observation_key, s)
    )
    turned = state.transform(symmetry)
    logits, wdl = answer(turned)
    of_action = dict(zip(turned.legal_actions(), logits, strict=True))
    return [of_action[game.transform_action(a, symmetry)] for a in state.legal_actions()], wdl


def play(
    game: games.Game, rule: str, evaluator: Evaluator, count: int = 24, **changes: int
) -> tuple[list[GameRecord], dict[str, int]]:
    search, settings = SearchSettings(), PoolSettings()
    search.rule, search.simulations = rule, 16
    settings.search, settings.seed, settings.slots, settings.groups = search, 11, 20, 2
    for name, value in changes.items():
        setattr(settings, name, value)
    pool = Pool(game, settings)
    pool.set_limit(count)
    Actors(pool, [evaluator]).play()
    return pool.take_records(), pool.counters()


@pytest.mark.parametrize("rule", ["puct", "gumbel"])
@pytest.mark.parametrize(
    "name",
    [
        "tic_tac_toe",
        "connect_four",
        "go?size=3&plies=14",
        "go?size=3&plies=14&superko=yes",
        "hex?size=4",
        "othello?size=4",
        "chess?plies=12",
    ],
)
def test_the_games_are_those_of_an_evaluator_that_turns_by_itself(name: str, rule: str) -> None:
    game = games.make(name)
    expected, _ = play(game, rule, PositionEvaluator(turned_answer))
    for changes in (
        {},
        {"batch": 6},
        {"cache_bytes": PLENTY, "groups": 1},
        {"cache_bytes": 6000, "batch": 4},
        {"cache_bytes": 1, "batch": 5, "threads": 2},  # merging only
    ):
        found, _ = play(game, rule, PositionEvaluator(answer), canonical=True, **changes)
        assert found == expected, changes
    if game.num_symmetries > 1:
        assert play(game, rule, PositionEvaluator(answer))[0] != expected


@pytest.mark.parametrize("name", ["go?size=4", "connect_four", "snort"])
def test_a_row_holds_the_turned_position_whole(name: str) -> None:
    class Looking(PositionEvaluator):
        def evaluate(self, batch: Batch) -> None:
            for row, state in enumerate(batch.states()):
                if state is None:
                    assert batch.counts[row] == 0
                    continue
                legal = state.legal_actions()
                assert batch.actions[row, : batch.counts[row]].tolist() == legal
                shape, seen = game.observation, state.observation()
                bits = np.unpackbits(batch.planes[row].view(np.uint8), axis=-1, bitorder="little")
                planes = seen[: shape.planes].reshape(shape.planes, -1)
                assert np.array_equal(bits[:, : planes.shape[1]], planes)
                assert np.array_equal(batch.scalars[row], seen[shape.planes :, 0, 0])
                others = range(1, game.num_symmetries)
                assert all(
                    state.observation_key <= state.transform(s).observation_key for s in others
                )
            super().evaluate(batch)

    game = games.make("games.examples.snort:Snort" if name == "snort" else name)
    play(game, "puct", Looking(answer), 6, canonical=True, cache_bytes=PLENTY, slots=6)


def test_positions_that_are_alike_are_evaluated_once() -> None:
    game = games.make("tic_tac_toe")
    asked: list[set[games.State]] = [set(), set()]
    for canonical in (False, True):

        def remember(state: games.State, seen: set[games.State] = asked[canonical]) -> Said:
            seen.add(state)
            return answer(state)

        evaluator = PositionEvaluator(remember)
        changes = {"groups": 1, "cache_bytes": PLENTY, "canonical": canonical}
        play(game, "puct", evaluator, 1000, **changes)
    # Of the 4,520 boards on which someone is to move, 627 differ up to symmetry.
    assert len(asked[1]) <= 627 < len(asked[0]) / 4 and len(asked[0]) <= 4520


def test_a_game_whose_symmetries_break_their_promise_stops_with_a_line() -> None:
    class Wrong(TicTacToe):
        def transform(self, state: Any, symmetry: int) -> Any:
            turned = super().transform(state, symmetry)
            return (turned[0] & ~1, turned[1] & ~1) if symmetry else turned

    with pytest.raises(games.ContractError, match=r"symmetry \d of '.*' has \d legal actions"):
        play(games.wrap(Wrong()), "puct", PositionEvaluator(answer), canonical=True)
