"""BatchEnv beside single states played by hand, and its Gymnasium face."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from hypothesis import given, settings
from hypothesis import strategies as st

import games
from games.envs.batch import BatchEnv, sample
from games.envs.gymnasium import GameVectorEnv
from games.errors import GameError
from games.examples.snort import Snort

NAMES = [*games.names(), "othello?size=4"]


@pytest.mark.parametrize("name", NAMES)
def test_each_row_is_a_sequence_of_games(name: str) -> None:
    """Rows, followed by hand with single states, show the same at every step and at every end."""
    size, ends = 5, 0
    game, rng = games.make(name), np.random.default_rng(1)
    env = BatchEnv(name, size)
    observations, info = env.reset()
    states = [game.initial()] * size
    for _ in range(2 * game.max_plies if game.max_plies < 200 else 150):
        assert info["to_play"].tolist() == [state.to_play for state in states]
        assert np.array_equal(observations, [state.observation() for state in states])
        assert np.array_equal(info["action_mask"], [state.legal_mask() for state in states])
        actions = sample(info["action_mask"], rng)
        observations, rewards, terminated, truncated, info = env.step(actions)
        assert not truncated.any()
        finals = list(info["final_obs"])
        for row, before in enumerate(states):
            state = before.apply(int(actions[row]))
            assert terminated[row] == state.is_terminal
            returns = state.returns() if state.is_terminal else (0, 0)
            assert tuple(info["returns"][row]) == returns
            assert rewards[row] == returns[before.to_play]
            if state.is_terminal:
                ends += 1
                assert np.array_equal(finals.pop(0), state.observation())
                assert info["discount"][row] == 0
                state = game.initial()
            else:
                assert info["discount"][row] == (1 if state.to_play == before.to_play else -1)
            states[row] = state
        assert finals == []
    assert ends > 0 or game.max_plies > 100


def test_shapes_and_types() -> None:
    env = BatchEnv("othello?size=6", 3)
    assert env.observation_shape == (2, 6, 6)
    observations, info = env.reset()
    assert (observations.shape, observations.dtype) == ((3, 2, 6, 6), np.float32)
    assert set(info) == {"action_mask", "to_play"}
    step = env.step(sample(info["action_mask"], np.random.default_rng(1)))
    observations, rewards, terminated, truncated, info = step
    kinds = {name: (str(array.dtype), array.shape) for name, array in info.items()}
    assert kinds == {
        "action_mask": ("bool", (3, 37)),
        "to_play": ("int8", (3,)),
        "discount": ("float32", (3,)),
        "returns": ("int8", (3, 2)),
        "final_obs": ("float32", (0, 2, 6, 6)),
    }
    assert (rewards.dtype, terminated.dtype, truncated.dtype) == (np.float32, bool, bool)


def test_the_target_of_the_docstring_is_the_result_for_the_mover() -> None:
    """Backing up reward + discount * value from the end gives each mover their own result."""
    rng, env = np.random.default_rng(2), BatchEnv("othello?size=6", 1)
    _, info = env.reset()
    steps = []
    while True:
        mover = int(info["to_play"][0])
        _, rewards, terminated, _, info = env.step(sample(info["action_mask"], rng))
        steps.append((mover, rewards[0], info["discount"][0]))
        if terminated[0]:
            break
    value = 0.0
    for mover, reward, discount in reversed(steps):
        value = reward + discount * value
        assert value == info["returns"][0, mover]


@pytest.mark.parametrize(
    "bad", [[0, 9], [0, -1], [-2, 0], [0], [0, 0, 0], 0, [[0], [0]], [0.0, 0.0], ["a", "b"]]
)
def test_wrong_actions_change_nothing(bad: object) -> None:
    env = BatchEnv("tic_tac_toe", 2)
    env.reset()
    for actions in (np.array(bad), bad):
        with pytest.raises(GameError, match=r"action|actions"):
            env.step(actions)
    observations, *_ = env.step(np.array([0, 0]))
    assert observations.sum() == 2


def test_games_that_end_do_not_touch_their_neighbours() -> None:
    env = BatchEnv("tic_tac_toe", 2)
    env.reset()
    for first, second in [(0, 8), (3, 7), (1, 6), (4, 5)]:
        env.step(np.array([first, second]))
    observations, rewards, terminated, _, info = env.step(np.array([2, 0]))
    assert rewards.tolist() == [1, 0]
    assert terminated.tolist() == [True, False]
    assert observations.sum((1, 2, 3)).tolist() == [0, 5]
    assert info["final_obs"].sum() == 5
    assert info["to_play"].tolist() == [0, 1]


@given(
    masks=st.lists(
        st.lists(st.booleans(), min_size=5, max_size=5).filter(any), min_size=1, max_size=6
    ),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=100, deadline=None)
def test_sampled_actions_are_legal(masks: list[list[bool]], seed: int) -> None:
    array = np.array(masks)
    chosen = sample(array, np.random.default_rng(seed))
    assert array[np.arange(len(masks)), chosen].all()


def test_all_legal_actions_are_sampled_alike() -> None:
    masks = np.tile([False, True, True, False, True], (30_000, 1))
    counts = np.bincount(sample(masks, np.random.default_rng(3)), minlength=5)
    assert counts[[0, 3]].tolist() == [0, 0]
    assert abs(counts[[1, 2, 4]] - 10_000).max() < 400
    with pytest.raises(GameError, match="row 1 has no legal action"):
        sample(np.array([[True], [False]]), np.random.default_rng(4))


def test_a_game_may_be_an_object_of_rules() -> None:
    assert BatchEnv(Snort(4), 2).game.name == "games.examples.snort:Snort?size=4"
    assert GameVectorEnv(Snort(4), 2).single_action_space.n == 16
    with pytest.raises(GameError, match="is a class; give an object"):
        BatchEnv(Snort, 2)


def test_sizes_and_names_that_cannot_be() -> None:
    with pytest.raises(GameError, match="size=0"):
        BatchEnv("othello", 0)
    with pytest.raises(GameError, match="did you mean"):
        BatchEnv("othelo", 1)


def test_gymnasium_vector_env() -> None:
    rng = np.random.default_rng(5)
    plain, env = BatchEnv("tic_tac_toe", 4), GameVectorEnv("tic_tac_toe", 4)
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert env.single_action_space.n == 9
    plain.reset()
    observations, info = env.reset(seed=1, options={})
    finals = 0
    for _ in range(60):
        assert env.observation_space.contains(observations)
        actions = sample(info["action_mask"], rng)
        assert env.action_space.contains(actions)
        expected = plain.step(actions)
        observations, rewards, terminated, _, info = env.step(actions)
        assert np.array_equal(observations, expected[0])
        assert np.array_equal(rewards, expected[1])
        assert np.array_equal(terminated, expected[2])
        assert ("final_obs" in info) == terminated.any()
        if terminated.any():
            finals += terminated.sum()
            shown = [last is not None for last in info["final_obs"]]
            assert shown == info["_final_obs"].tolist() == terminated.tolist()
            assert np.array_equal(np.stack(info["final_obs"][terminated]), expected[4]["final_obs"])
    assert finals > 10


def test_gymnasium_wrappers_take_it() -> None:
    rng = np.random.default_rng(6)
    env = RecordEpisodeStatistics(GameVectorEnv("connect_four", 8))
    _, info = env.reset()
    while env.episode_count < 10:
        _, _, terminated, _, info = env.step(sample(info["action_mask"], rng))
    assert info["episode"]["l"][terminated].min() >= 7
