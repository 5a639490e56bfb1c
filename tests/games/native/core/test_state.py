"""States as values, and what they answer to wrong questions."""

import numpy as np
import pytest

import games
from games.errors import GameError

GAME = games.make("connect_four")
INITIAL = GAME.initial()


def test_states_are_values() -> None:
    one, other = INITIAL.apply(3), GAME.parse("......./......./......./......./......./...x...")
    assert one == other
    assert hash(one) == hash(other)
    assert {one: "here"}[other] == "here"
    assert one != INITIAL
    assert one != str(one)


def test_state_knows_its_game() -> None:
    assert INITIAL.game is GAME
    assert repr(INITIAL.apply(0)) == (
        "<games.State connect_four ......./......./......./......./......./x......>"
    )


def test_observation_is_from_the_side_of_the_mover() -> None:
    observation = INITIAL.apply(3).observation()
    assert observation.shape == (2, 6, 7)
    assert observation.dtype == np.float32
    assert np.argwhere(observation).tolist() == [[1, 5, 3]]
    assert np.argwhere(INITIAL.apply(3).apply(0).observation()).tolist() == [[0, 5, 3], [1, 5, 0]]


def test_mask_and_observation_are_copies() -> None:
    INITIAL.legal_mask()[:] = False
    INITIAL.observation()[:] = 1
    assert INITIAL.legal_mask().all()
    assert not INITIAL.observation().any()


@pytest.mark.parametrize("action", [np.int64(3), np.uint16(3), True + 2])
def test_actions_may_be_numpy_integers(action: int) -> None:
    assert INITIAL.apply(action) == INITIAL.apply(3)


@pytest.mark.parametrize("action", [3.0, "3", None, 10**30, -(10**30)])
def test_other_things_are_no_actions(action: int) -> None:
    with pytest.raises(TypeError):
        INITIAL.apply(action)


@pytest.mark.parametrize("action", [-1, 7, 2**16 + 3, 2**32 + 3, -(2**63)])
def test_actions_out_of_range(action: int) -> None:
    with pytest.raises(GameError, match="connect_four has actions 0 to 6"):
        INITIAL.apply(action)
    with pytest.raises(GameError, match="connect_four has actions 0 to 6"):
        INITIAL.action_to_string(action)
    with pytest.raises(GameError, match="connect_four has actions 0 to 6"):
        GAME.transform_action(action, 1)


@pytest.mark.parametrize("symmetry", [-1, 2])
def test_symmetries_out_of_range(symmetry: int) -> None:
    with pytest.raises(GameError, match="connect_four has symmetries 0 to 1"):
        INITIAL.transform(symmetry)
    with pytest.raises(GameError, match="connect_four has symmetries 0 to 1"):
        GAME.transform_action(0, symmetry)


def test_illegal_action_names_the_legal_ones() -> None:
    state = INITIAL
    for _ in range(6):
        state = state.apply(2)
    with pytest.raises(GameError, match=r"action 2 \(3\) is not legal; legal: 1 2 4 5 6 7$"):
        state.apply(2)


def test_nothing_can_be_played_after_the_end() -> None:
    state = games.make("tic_tac_toe").parse("xxx/oo./...")
    with pytest.raises(GameError, match="the game is over"):
        state.apply(5)
    with pytest.raises(GameError, match="the game is over"):
        state.parse_action("c2")


def test_returns_before_the_end() -> None:
    with pytest.raises(GameError, match="not over"):
        INITIAL.returns()


def test_states_and_games_are_made_by_games_only() -> None:
    with pytest.raises(TypeError):
        games.State()
    with pytest.raises(TypeError):
        games.Game()
