"""Our classic environments and PettingZoo's own, in lock-step.

`scripts/compare_pettingzoo` plays 1,000 games of each and prints the table.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pettingzoo
import pytest
from pettingzoo.test import api_test, seed_test
from pettingzoo.test.render_test import render_test

from games.pettingzoo_classic import NAMES, register
from games.testing.lockstep import Difference, lockstep, same

SOME = {"connect_four_v3": 300, "tictactoe_v3": 500}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Without the warnings of each illegal action, and of imports that pettingzoo deprecates."""
    logging.disable(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def modules(name: str) -> tuple[ModuleType, ModuleType]:
    ours = importlib.import_module(f"games.pettingzoo_classic.{name}")
    return ours, importlib.import_module(f"pettingzoo.classic.{name}")


@pytest.mark.parametrize("name", NAMES)
def test_random_games_agree(name: str) -> None:
    ours, theirs = modules(name)
    assert lockstep(ours.env(), theirs.env(), SOME[name], seed=1, illegal=0.2) > 5 * SOME[name]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", NAMES)
def test_thousand_random_games_agree(name: str) -> None:
    ours, theirs = modules(name)
    turns = lockstep(ours.env(), theirs.env(), 1000, seed=2)
    print(f"{name}: 1,000 games, {turns:,} turns, no difference")


def test_a_difference_is_found() -> None:
    """Masks, boards or rewards that differ in one place stop the comparison."""
    ours, theirs = modules("connect_four_v3")

    class Wrong(ours.env):
        def observe(self, agent: str) -> dict[str, np.ndarray]:
            seen = super().observe(agent)
            if seen["observation"].sum() == 12 and agent == "player_1":
                seen["observation"][0, 0, 1] ^= 1
            return seen

    with pytest.raises(Difference, match=r"observe\('player_1'\)"):
        lockstep(Wrong(), theirs.env(), 100, seed=1)


@pytest.mark.parametrize("name", NAMES)
def test_spaces_names_and_metadata(name: str) -> None:
    ours, theirs = (module.env() for module in modules(name))
    assert str(ours) == str(theirs) == name
    assert ours.possible_agents == theirs.possible_agents
    for agent in theirs.possible_agents:
        assert ours.observation_space(agent) == theirs.observation_space(agent)
        assert ours.action_space(agent) == theirs.action_space(agent)
    for key in ("name", "is_parallelizable", "render_fps"):
        assert ours.metadata[key] == theirs.metadata[key]


def message(env: Any, *actions: Any) -> str:
    """What happens if the actions are played in a new game: the kind of error, or 'fine'."""
    env.reset()
    try:
        for action in actions:
            env.step(action)
    except Exception as error:
        return type(error).__name__
    return "fine"


def until_illegal(env: Any) -> list[int]:
    """The first legal action, played again and again until it is not legal."""
    env.reset()
    action = int(env.observe(env.agent_selection)["action_mask"].argmax())
    played = []
    while not any(env.truncations.values()):
        env.step(action)
        played.append(action)
    return played


@pytest.mark.parametrize("name", NAMES)
def test_wrong_actions_are_treated_alike(name: str) -> None:
    ours, theirs = (module.env() for module in modules(name))
    space = theirs.action_space(theirs.possible_agents[0]).n
    for action in (space, -1, None, 1.5, "a", np.float32(1)):
        assert message(ours, action) == message(theirs, action) == "AssertionError"
    over = until_illegal(theirs)
    for last in ([None], [over[0]], [space], [None, None], [None, None, None], [None, None, 0]):
        assert message(ours, *over, *last) == message(theirs, *over, *last), last


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [int, np.int8, np.int32, np.int64, np.array])
def test_actions_of_any_integer_type(name: str, kind: Callable[[int], Any]) -> None:
    ours, theirs = (module.env() for module in modules(name))
    for env in (ours, theirs):
        env.reset()
    legal = np.flatnonzero(theirs.observe(theirs.agent_selection)["action_mask"])
    if kind is np.int8 and legal[0] > 127:
        pytest.skip("no legal action is that small")
    for env in (ours, theirs):
        env.step(kind(int(legal[0])))
    assert same(ours.last(), theirs.last())


@pytest.mark.parametrize("name", NAMES)
def test_pettingzoo_tests_it(name: str) -> None:
    ours, _ = modules(name)
    api_test(ours.env(), num_cycles=200)
    seed_test(ours.env, num_cycles=200)
    render_test(ours.env)


@pytest.mark.parametrize("name", NAMES)
def test_ours_in_the_registry(name: str) -> None:
    from pettingzoo.env_registry.registration import aec_registry

    kept = dict(aec_registry)
    register()
    try:
        env = pettingzoo.make("aec", f"classic/{name}")
    finally:
        aec_registry.update(kept)
    assert type(env).__module__ == f"games.pettingzoo_classic.{name}"
