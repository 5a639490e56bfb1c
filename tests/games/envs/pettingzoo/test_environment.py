"""Every game as an AEC environment: PettingZoo's own tests, and what our encoding promises."""

from __future__ import annotations

import copy
import random
import warnings

import numpy as np
import pytest
from pettingzoo.test import api_test, seed_test
from pettingzoo.test.render_test import render_test

import games
from games.envs.pettingzoo import GameEnv, make
from games.errors import GameError
from games.examples.snort import Snort

NAMES = [
    *games.names(),
    *("othello?size=6", "go?size=5", "hex?size=5&swap=yes"),
    *("games.examples.snort:Snort", "openspiel:breakthrough(rows=6,columns=6)"),
]

# What api_test says of any environment that it does not know by name, or of an empty board.
EXPECTED_WARNINGS = {
    "Observation is not a NumPy array",
    "Observation space for each agent probably should be gymnasium.spaces.box or "
    "gymnasium.spaces.discrete",
    "Observation numpy array is all zeros.",
    "Action mask numpy array is all zeros (no legal actions).",
    # Only where the observation has scalars, whose bounds the games do not tell.
    "Agent's minimum observation space value is -infinity. This is probably too low.",
    "Agent's maximum observation space value is infinity. This is probably too high",
}


@pytest.mark.parametrize("name", NAMES)
def test_api(name: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        api_test(make(name), num_cycles=1000)
    assert {str(warning.message) for warning in caught} <= EXPECTED_WARNINGS


@pytest.mark.parametrize("name", NAMES)
def test_seed(name: str) -> None:
    seed_test(lambda: make(name), num_cycles=500)


@pytest.mark.parametrize("name", NAMES)
def test_render(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    render_test(lambda render_mode: make(name, render_mode, pixels=100))
    assert capsys.readouterr().out  # the mode "human" prints the board


def play(env: GameEnv, rng: random.Random) -> None:
    agent = env.agent_selection
    mask = env.observe(agent)["action_mask"]
    env.step(rng.choice(np.flatnonzero(mask).tolist()))


@pytest.mark.parametrize("name", NAMES)
def test_it_shows_the_states_of_the_game(name: str) -> None:
    rng = random.Random(1)
    env = make(name)
    env.reset()
    state = games.make(name).initial()
    while not state.is_terminal:
        agents = ["player_0", "player_1"]
        assert env.agent_selection == agents[state.to_play]
        for agent in agents:
            seen = env.observe(agent)
            assert env.observation_space(agent).contains(seen)
            assert np.array_equal(seen["observation"], state.observation())
            legal = state.legal_actions() if agent == env.agent_selection else []
            assert np.flatnonzero(seen["action_mask"]).tolist() == legal
        assert set(env.rewards.values()) == {0}
        assert not any(env.terminations.values())
        action = rng.choice(state.legal_actions())
        env.step(np.int64(action))
        state = state.apply(action)
    assert tuple(env.rewards.values()) == state.returns()
    assert all(env.terminations.values())
    assert not any(env.truncations.values())
    env.step(None)
    env.step(None)
    assert env.agents == []


def test_an_illegal_action_loses() -> None:
    env = make("connect_four")
    env.reset()
    for _ in range(6):
        env.step(3)
    env.step(0)
    env.step(3)  # the column is full
    assert env.rewards == {"player_0": 0, "player_1": -1}
    assert env._cumulative_rewards == {"player_0": 0, "player_1": -1}
    assert all(env.terminations.values())
    assert all(env.truncations.values())


def test_calls_out_of_order() -> None:
    env = make("tic_tac_toe", "ansi")
    for call in (lambda: env.step(0), lambda: env.observe("player_0"), env.agent_iter, env.render):
        with pytest.raises(AssertionError, match="reset"):
            call()
    with pytest.raises(AttributeError, match="before reset"):
        _ = env.agents
    env.reset()
    for action in (9, -1, None, 0.5, "a"):
        with pytest.raises(AssertionError, match="not in action space"):
            env.step(action)
    with pytest.raises(AssertionError, match="step"):
        for _ in env.agent_iter():
            pass
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        _ = env.colour


def test_agent_iter_ends_after_the_turns_that_were_asked_for() -> None:
    env = make("tic_tac_toe")
    env.reset()
    seen = []
    for agent in env.agent_iter(3):
        seen.append(agent)
        play(env, random.Random(1))
    assert seen == ["player_0", "player_1", "player_0"]


def test_a_game_may_start_anywhere() -> None:
    env = make("tic_tac_toe", "ansi")
    env.reset(options={"position": "xx./o../..."})
    assert env.agent_selection == "player_1"
    assert env.render() == "x x .\no . .\n. . ."
    with pytest.raises(GameError, match="the game is over"):
        env.reset(options={"position": "xxx/oo./..."})
    with pytest.raises(GameError, match="tic_tac_toe"):
        env.reset(options={"position": "nonsense"})


def test_a_copy_goes_on_by_itself() -> None:
    env = make("othello?size=6", "ansi")
    copy.deepcopy(env).reset()
    env.reset()
    for _ in range(5):
        play(env, random.Random(2))
    twin = copy.deepcopy(env)
    assert twin.render() == env.render()
    before = env.render()
    play(twin, random.Random(3))
    assert env.render() == before != twin.render()
    assert twin.agent_selection != env.agent_selection
    assert str(twin) == "othello?size=6"


def test_a_copy_plays_the_same_game_also_one_that_no_name_makes() -> None:
    class Nameless(Snort):
        pass

    env = make(Nameless(4))
    env.reset()
    env.step(5)
    twin = copy.deepcopy(env)
    assert twin.observation_space("player_0") == env.observation_space("player_0")
    env.step(10)
    twin.step(10)
    assert np.array_equal(twin.last()[0]["observation"], env.last()[0]["observation"])


def test_an_environment_may_be_sent_to_another_process() -> None:
    env = make("othello?size=6", "ansi")
    env.reset()
    play(env, random.Random(1))
    twin = copy.copy(env)  # by the two methods that another process is sent it by
    assert twin._game.name == env._game.name
    assert (twin.render(), twin.agent_selection) == (env.render(), env.agent_selection)


def test_the_picture_shows_the_stones() -> None:
    env = make("tic_tac_toe", "rgb_array", pixels=90)
    env.reset()
    empty = env.render()
    env.step(2)
    one = env.render()
    assert one.shape == empty.shape
    assert max(one.shape) == 90
    rows, columns = np.nonzero((one != empty).any(2))
    assert rows.max() < 40 < 50 < columns.min()


def test_a_game_may_be_an_object_of_rules() -> None:
    assert str(make(Snort(4))) == "games.examples.snort:Snort?size=4"


def test_unknown_names() -> None:
    with pytest.raises(GameError, match="did you mean 'othello'"):
        make("othelo")
    with pytest.raises(GameError, match="give one of: human, ansi, rgb_array"):
        make("othello", "rgb")
