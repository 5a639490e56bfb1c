"""The backends of the forward pass: one network, the same answers, whichever computes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

import games
from games.errors import UserError
from zero.inference.backends import BACKENDS, find_backend, usable_backends
from zero.inference.quantization import (
    Positions,
    answers_of,
    compare,
    largest_inputs,
    positions_of_play,
)
from zero.inference.session import CpuNetwork
from zero.networks.network import Network, NetworkShape, fold
from zero.settings.schema import InferenceSettings, NetworkSettings

Trained = Callable[..., Network]
GAMES = {
    "connect_four": NetworkSettings(blocks=2, channels=24),
    "othello?size=6": NetworkSettings(blocks=2, channels=16, context="squeeze"),
    "go?size=5": NetworkSettings(blocks=2, channels=16, context="pool"),
    "chess?plies=60": NetworkSettings(blocks=1, channels=16),
    "openspiel:nim": NetworkSettings(blocks=1, channels=8),
}


@pytest.fixture(params=GAMES)
def case(
    request: pytest.FixtureRequest, make_trained: Trained
) -> Iterator[tuple[Network, Positions]]:
    game = games.make(request.param)
    network = make_trained(NetworkShape.of(game), GAMES[request.param])
    yield network, positions_of_play(game)


def load(name: str, network: Network, positions: Positions) -> CpuNetwork:
    folded = fold(network)
    maxima = largest_inputs(folded, positions.observations(folded))
    return BACKENDS[name].load(network, maxima if BACKENDS[name].quantised else None)


def usable(name: str, network: Network) -> None:
    if why := BACKENDS[name].missing(network.settings):
        pytest.skip(why)


@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_computes_the_network(case: tuple[Network, Positions], name: str) -> None:
    network, positions = case
    usable(name, network)
    calibration, comparison = positions.halves()
    policy, wdl = answers_of(load(name, network, calibration), comparison)
    with torch.no_grad():
        exact = [part.numpy() for part in network(comparison.observations(network))]
    if BACKENDS[name].quantised:
        agreement = compare((exact[0], exact[1]), (policy, wdl), comparison.legal)
        assert 0.0 < agreement.policy_kl < 0.01
        assert 0.0 < agreement.value_error < 0.02
        assert agreement.best_move > 0.9
    else:
        np.testing.assert_allclose(policy, exact[0], atol=1e-4, rtol=1e-4)
        np.testing.assert_allclose(wdl, exact[1], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", BACKENDS)
def test_an_answer_does_not_depend_on_its_row(case: tuple[Network, Positions], name: str) -> None:
    """Who asks first, and in which row, changes nothing; with torch nothing but the last bits."""

    def same(a: np.ndarray, b: np.ndarray) -> bool:  # type: ignore[type-arg]
        return np.allclose(a, b, atol=2e-6) if name == "torch" else a.tobytes() == b.tobytes()

    network, positions = case
    usable(name, network)
    loaded = load(name, network, positions)
    rows = loaded.session_rows(64)
    session = loaded.session(rows)
    order = np.random.default_rng(1).permutation(rows)
    session.load(positions.planes[:rows], positions.scalars[:rows])
    straight = [part.copy() for part in session.forward()]
    session.load(positions.planes[:rows][order], positions.scalars[:rows][order])
    for part, shuffled in zip(straight, session.forward(), strict=True):
        assert same(part[order], shuffled)
    session.load(positions.planes[[3] * rows], positions.scalars[[3] * rows])
    for part, repeated in zip(straight, session.forward(), strict=True):
        assert all(same(row, part[3]) for row in repeated)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_session_follows_a_refresh(make_trained: Trained, name: str) -> None:
    game = games.make("connect_four")
    shape, settings = NetworkShape.of(game), NetworkSettings(blocks=1, channels=16)
    old, new = make_trained(shape, settings, 1), make_trained(shape, settings, 2)
    usable(name, old)
    positions = positions_of_play(game)
    loaded = load(name, old, positions)
    session = loaded.session(8)
    session.load(positions.planes[:5], positions.scalars[:5])
    before = [part.copy() for part in session.forward()]
    folded = fold(new)
    maxima = largest_inputs(folded, positions.observations(folded))
    loaded.refresh(new, maxima if BACKENDS[name].quantised else None)
    after = [part.copy() for part in session.forward()]
    fresh = load(name, new, positions).session(8)
    fresh.load(positions.planes[:5], positions.scalars[:5])
    for a, b, c in zip(before, after, fresh.forward(), strict=True):
        assert not np.array_equal(a[:5], b[:5])
        assert b[:5].tobytes() == c[:5].tobytes()


@pytest.mark.parametrize("name", BACKENDS)
def test_weights_that_go_on_changing_change_no_answer(
    case: tuple[Network, Positions], name: str
) -> None:
    """The learner writes into its own weights while they are evaluated."""
    network, positions = case
    usable(name, network)
    loaded = load(name, network, positions)
    session = loaded.session(8)
    session.load(positions.planes[:8], positions.scalars[:8])
    before = [part.copy() for part in session.forward()]
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(1.0)
    for part, after in zip(before, session.forward(), strict=True):
        assert part.tobytes() == after.tobytes()


def test_torch_is_always_there_and_a_missing_backend_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = NetworkSettings()
    assert "torch" in usable_backends(settings)
    with pytest.raises(UserError, match=r"unknown backend 'torhc'.*'torch'"):
        find_backend("torhc", settings)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "openvino" not in usable_backends(settings)
    with pytest.raises(UserError, match=r"'openvino-int8' cannot be used here.*pip install"):
        find_backend("openvino-int8", settings)


def test_agreement_is_what_it_says() -> None:
    legal = np.array([[True, True, False], [True, True, True]])
    policy = np.array([[0.0, 0.0, 9.0], [1.0, 0.0, 0.0]], np.float32)
    wdl = np.zeros((2, 3), np.float32)
    same = compare((policy, wdl), (policy, wdl), legal)
    assert (same.policy_kl, same.value_error, same.best_move) == (0.0, 0.0, 1.0)
    other = np.array([[np.log(3.0), 0.0, -9.0], [0.0, 1.0, 0.0]], np.float32)
    sure = np.array([[50.0, 0.0, 0.0], [0.0, 0.0, 0.0]], np.float32)
    found = compare((policy, wdl), (other, sure), legal)
    # KL of (1/2, 1/2) from (3/4, 1/4), and of a softmax from itself with two entries swapped.
    e = np.exp(1.0)
    first = 0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(0.5 / 0.25)
    second = (e - 1.0) / (e + 2.0)
    assert found.policy_kl == pytest.approx((first + second) / 2, rel=1e-6)
    assert found.value_error == pytest.approx(0.5)
    assert found.best_move == 0.5
    close = np.array([[0.0, 0.03, 0.0], [1.0, 0.0, 0.0]], np.float32)
    assert compare((close, wdl), (policy, wdl), legal).best_move == 1.0
    limits = InferenceSettings(policy_kl=1.0, value_error=0.5, best_move=0.5)
    assert found.within(limits)
    assert not found.within(limits.model_copy(update={"best_move": 0.51}))
    assert not found.within(limits.model_copy(update={"value_error": 0.49}))
    assert not found.within(limits.model_copy(update={"policy_kl": 0.1}))


def test_positions_of_play_are_those_of_the_game() -> None:
    game = games.make("connect_four")
    positions, again = positions_of_play(game), positions_of_play(game)
    assert np.array_equal(positions.planes, again.planes)
    assert 900 < len(positions.planes) <= 1024
    stones = np.array([[int(word).bit_count() for word in row[:, 0]] for row in positions.planes])
    assert stones.sum(1).max() > 20  # late positions too
    assert (stones.sum(1) == 0).mean() < 0.1
    assert positions.legal.any(axis=1).all()
