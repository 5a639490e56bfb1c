"""Batch: what it refuses. (That it answers as single states do, the contract tests show.)"""

import numpy as np
import pytest

import games
from games.errors import GameError

GAME = games.make("tic_tac_toe")
WON = GAME.parse("xxx/oo./...")


def test_shapes_and_types() -> None:
    batch = games.StateBatch(games.make("othello?size=6"), 3)
    assert len(batch) == 3
    arrays = {
        "to_play": batch.to_play(),
        "is_terminal": batch.is_terminal(),
        "legal_mask": batch.legal_mask(),
        "observe": batch.observe(),
        "returns": batch.returns(),
    }
    assert {name: (str(array.dtype), array.shape) for name, array in arrays.items()} == {
        "to_play": ("int8", (3,)),
        "is_terminal": ("bool", (3,)),
        "legal_mask": ("bool", (3, 37)),
        "observe": ("float32", (3, 2, 6, 6)),
        "returns": ("int8", (3, 2)),
    }


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"])
def test_actions_of_any_integer_type(kind: str) -> None:
    batch = games.StateBatch(GAME, 2)
    batch.apply(np.array([8, 0], dtype=kind))
    assert list(map(str, batch.states())) == [".../.../..x", "x../.../..."]


def test_actions_may_be_a_strided_view() -> None:
    batch = games.StateBatch(GAME, 2)
    batch.apply(np.array([8, 7, 0, 7])[::2])
    assert list(map(str, batch.states())) == [".../.../..x", "x../.../..."]
    batch.apply(np.array([4, 5])[::-1])
    assert list(map(str, batch.states())) == [".../..o/..x", "x../.o./..."]


def test_minus_one_leaves_a_row_alone() -> None:
    batch = games.StateBatch.from_states([WON, GAME.initial()])
    batch.apply(np.array([-1, 4]))
    assert batch.states() == [WON, GAME.initial().apply(4)]


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.array([0, 9]), "action 9 is not legal in row 1"),
        (np.array([0, -2]), "action -2 is not legal in row 1"),
        (np.array([2**16, 0]), "action 65536 is not legal in row 0"),
        (np.array([0]), "1 actions for a batch of 2 states"),
        (np.array([0, 1, 2]), "3 actions for a batch of 2 states"),
        (np.array([0.0, 1.0]), "an array of signed integers"),
        (np.array([True, False]), "an array of signed integers"),
        (np.array([0, 1], dtype="uint64"), "an array of signed integers"),
    ],
)
def test_wrong_actions_change_nothing(actions: np.ndarray, message: str) -> None:
    batch = games.StateBatch(GAME, 2)
    with pytest.raises(GameError, match=message):
        batch.apply(actions)
    assert batch.states() == [GAME.initial()] * 2


def test_no_action_is_legal_in_a_terminal_row() -> None:
    with pytest.raises(GameError, match=r"action 5 is not legal in row 0, 'xxx/oo\./\.\.\.'"):
        games.StateBatch.from_states([WON]).apply(np.array([5]))


@pytest.mark.parametrize("actions", [[0, 1], np.zeros((2, 1), dtype=int), None])
def test_actions_of_the_wrong_kind(actions: np.ndarray) -> None:
    with pytest.raises(TypeError):
        games.StateBatch(GAME, 2).apply(actions)


def test_reset() -> None:
    batch = games.StateBatch.from_states([WON, WON])
    batch.reset(np.array([False, True]))
    assert batch.states() == [WON, GAME.initial()]
    batch.reset()
    assert batch.states() == [GAME.initial()] * 2
    with pytest.raises(GameError, match="a mask of 3 for a batch of 2 states"):
        batch.reset(np.ones(3, dtype=bool))
    with pytest.raises(TypeError):
        batch.reset(np.ones(2))


@pytest.mark.parametrize("size", [0, -1, 2**40])
def test_sizes_that_cannot_be(size: int) -> None:
    with pytest.raises(GameError, match="give 1 to 16777216"):
        games.StateBatch(GAME, size)


def test_states_of_a_batch_are_of_one_game() -> None:
    with pytest.raises(GameError, match="different games, tic_tac_toe and connect_four"):
        games.StateBatch.from_states([GAME.initial(), games.make("connect_four").initial()])
    with pytest.raises(GameError, match="at least one state"):
        games.StateBatch.from_states([])


def test_states_are_copies() -> None:
    batch = games.StateBatch(GAME, 1)
    before = batch.states()[0]
    batch.apply(np.array([4]))
    assert before == GAME.initial()


def test_arrays_outlive_the_batch() -> None:
    returns = games.StateBatch.from_states([WON]).returns()
    assert returns.tolist() == [[1, -1]]
