"""Runs the foundations for a few seconds: rules, self-play and a forward pass, each twice."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import games
from arena.players.search import SearchPlayer
from games import Game, State
from selfplay import Actors, GameRecord, Pool, PoolSettings, RolloutEvaluator, SearchSettings

if TYPE_CHECKING:
    from zero.networks.network import Network

_GAME = "connect_four"
_TOLERANCE = 1e-3  # between two orders of the same sums in float32


def faults() -> list[str]:
    """Return what is wrong with the core or with torch on this machine; empty if nothing is."""
    game = games.make(_GAME)
    return [fault for fault in (_rules(game), _selfplay(game), _network(game)) if fault]


def _rules(game: Game) -> str:
    """Random games: the same seed plays the same, within what the rules allow."""
    first, again = (games.random_games(game, 500, seed=1) for _ in range(2))
    if first != again:
        return f"the same seed made different random games ({first} and {again})"
    if not 7 * 500 <= first["plies"] <= game.max_plies * 500:
        return f"500 random games had {first['plies']} plies, which cannot be"
    return ""


def _records(game: Game, actors: int) -> list[GameRecord]:
    """Play 16 short games with as many actors."""
    search = SearchSettings(rule="uct", simulations=16)
    pool = Pool(game, search, PoolSettings(slots=16, groups=4), seed=1)
    pool.set_limit(16)
    Actors(pool, [RolloutEvaluator(1)] * actors).play()
    return pool.take_records()


def _selfplay(game: Game) -> str:
    """Self-play: one actor and two make the same games."""
    one, two = _records(game, 1), _records(game, 2)
    if len(one) != 16:
        return f"self-play finished {len(one)} games instead of 16"
    return "" if one == two else "the same seed made different games in self-play"


def _positions(game: Game) -> list[State]:
    draw = random.Random(1)
    states: list[State] = []
    state = game.initial()
    while len(states) < 64:
        states.append(state)
        state = state.apply(draw.choice(state.legal_actions()))
        if state.is_terminal:
            state = game.initial()
    return states


def _network(game: Game) -> str:
    """A forward pass of each backend in float32: finite, repeatable, and what torch computes."""
    import numpy as np
    import torch

    from zero.inference.backends import BACKENDS, usable_backends
    from zero.networks.network import NetworkShape, build
    from zero.settings.schema import NetworkSettings

    network = build(NetworkShape.of(game), NetworkSettings(blocks=2, channels=16), seed=1).eval()
    states = _positions(game)
    with torch.inference_mode():
        planes = torch.from_numpy(np.stack([state.observation() for state in states]))
        wdl = torch.softmax(network(planes)[1], dim=1)
    expected = (wdl[:, 0] - wdl[:, 2]).numpy()
    for name in usable_backends(network.settings):
        if BACKENDS[name].quantised:
            continue
        first, again = _values(network, name, states), _values(network, name, states)
        if not np.isfinite(first).all():
            return f"the network in {name} gives values that are no numbers"
        if first != again:
            return f"the network in {name} gives other values for the same positions"
        distance = float(np.abs(np.array(first) - expected).max())
        if distance > _TOLERANCE:
            return f"the network's values in {name} are {distance:.3g} off from what torch computes"
    return ""


def _values(network: Network, backend: str, states: list[State]) -> list[float]:
    """Return the value of each state, as self-play would be told it."""
    from zero.inference.evaluator import NetworkEvaluator
    from zero.settings.schema import InferenceSettings

    evaluator = NetworkEvaluator(network, InferenceSettings(backend=backend))
    player = SearchPlayer("", evaluator, SearchSettings(simulations=0))
    return [result.raw_value for result in player.search(states, range(len(states)))]
