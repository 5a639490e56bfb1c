"""Which backend a run takes, and when it stops trusting the one that rounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import games
from games.errors import UserError
from selfplay import Pool, PoolSettings, SearchSettings
from zero.inference import choice
from zero.inference.choice import cache_file, choose, fastest, resolved
from zero.inference.evaluator import NetworkEvaluator
from zero.inference.quantization import positions_of_play
from zero.networks.network import Network, NetworkShape
from zero.settings.schema import InferenceSettings, NetworkSettings

Trained = Callable[..., Network]
GAME = games.make("connect_four")


@pytest.fixture
def network(make_trained: Trained) -> Network:
    return make_trained(NetworkShape.of(GAME), NetworkSettings(blocks=1, channels=16))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache_file()


def test_what_rounds_has_to_be_worth_it() -> None:
    assert fastest({"torch": 100.0, "openvino-int8": 131.0}) == "torch"
    assert fastest({"torch": 100.0, "openvino-int8": 133.0}) == "openvino-int8"
    assert fastest({"torch": 100.0, "openvino": 111.0}) == "openvino"


def test_of_equals_the_first_is_taken() -> None:
    assert fastest({"torch": 100.0, "openvino": 109.0}) == "torch"
    assert fastest({"torch": 10.0, "openvino-int8": 109.0, "int8": 100.0}) == "int8"
    assert fastest({"torch": 10.0, "openvino-int8": 112.0, "int8": 100.0}) == "openvino-int8"


def test_the_choice_is_measured_once(
    network: Network, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def measure(*args: object) -> dict[str, float]:
        calls.append(args)
        return dict.fromkeys(choice.usable_backends(network.settings), 1.0) | {"torch": 2.0}

    monkeypatch.setattr(choice, "measure", measure)
    settings, made = resolved(InferenceSettings(), network, GAME, 2)
    assert settings.backend == "torch"
    assert made is not None
    assert not made.remembered
    assert "measured now" in str(made)
    assert choose(network, GAME, 2).remembered
    assert len(calls) == 1
    choose(network, GAME, 1)  # other threads are another machine
    assert len(calls) == 2
    own_cache.write_text("{torn")
    assert not choose(network, GAME, 2).remembered
    assert choose(network, GAME, 2).remembered
    monkeypatch.setattr(choice, "usable_backends", lambda settings: ["torch"])
    assert not choose(network, GAME, 2).remembered


def test_a_named_backend_is_taken_as_it_is(network: Network, own_cache: Path) -> None:
    settings, made = resolved(InferenceSettings(backend="torch"), network, GAME, 2)
    assert (settings.backend, made) == ("torch", None)
    assert not own_cache.exists()
    with pytest.raises(UserError, match="unknown backend 'tpu'"):
        resolved(InferenceSettings(backend="tpu"), network, GAME, 2)


def test_all_usable_backends_are_measured(network: Network) -> None:
    rates = choice.measure(network, GAME, threads=2, seconds=0.05)
    assert list(rates) == choice.usable_backends(network.settings)
    assert all(rate > 100 for rate in rates.values())


def test_a_backend_that_does_not_agree_is_not_used(network: Network, make_trained: Trained) -> None:
    pytest.importorskip("openvino")
    positions = positions_of_play(GAME)
    settings = InferenceSettings(backend="openvino-int8")
    evaluator = NetworkEvaluator(network, settings, positions)
    assert evaluator.backend == "openvino-int8"
    strict = NetworkEvaluator(network, settings.model_copy(update={"value_error": 0.0}), positions)
    assert strict.backend == "torch"
    size = PoolSettings(slots=8, groups=1)
    batches = []
    for judge in (evaluator, strict, NetworkEvaluator(network)):
        pool = Pool(GAME, SearchSettings(), size, seed=0)
        pool.advance(0)
        judge.evaluate(pool.batch(0))
        batches.append((pool.batch(0).logits.copy(), pool.batch(0).wdl.copy()))
    assert not np.array_equal(batches[0][0], batches[2][0])
    np.testing.assert_allclose(batches[0][1], batches[2][1], atol=0.05)
    assert batches[1][0].tobytes() == batches[2][0].tobytes()
    agreement = strict.refresh(make_trained(network.shape, network.settings, 2), positions)
    assert agreement is not None
    assert agreement.value_error > 0.0
    assert NetworkEvaluator(network).refresh(network) is None
